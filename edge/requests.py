"""From the contract's words to the hall's: a request or a record becomes a command of the rules."""

from __future__ import annotations

import dataclasses
from typing import Any

from edge.hall import commands
from edge.inbox import place_of
from mqtt_bridge import messages

_SAME_NAME: tuple[type[messages.Ask], ...] = (
    messages.TakeNumber,
    messages.LeaseNumbers,
    messages.CallNext,
    messages.CallNumber,
    messages.Recall,
    messages.Begin,
    messages.NoShow,
    messages.Hold,
    messages.ResumeHeld,
    messages.Transfer,
    messages.AddItem,
    messages.AskRating,
    messages.Finish,
    messages.PauseWindow,
    messages.ResumeWindow,
    messages.Login,
    messages.Logout,
)

_COMMANDS: dict[type, tuple[Any, tuple[str, ...]]] = {
    request: (
        getattr(commands, request.__name__),
        tuple(
            field.name
            for field in dataclasses.fields(getattr(commands, request.__name__))
            if field.name in request.__struct_fields__
        ),
    )
    for request in _SAME_NAME
}


def command_of(request: messages.Ask) -> commands.Command | None:
    """The command a request stands for, or None for one that is not a matter of the rules."""
    found = _COMMANDS.get(type(request))
    if found is None:
        return None
    make, names = found
    command: commands.Command = make(**{name: getattr(request, name) for name in names})
    if isinstance(command, commands.TakeNumber) and isinstance(request, messages.TakeNumber):
        at_s = request.appointment_ms / 1000
        return dataclasses.replace(command, appointment_s=at_s, request=request.id)
    return command


def command_of_record(record: messages.Record, *, lost: bool = False) -> commands.Command | None:
    """The command a record stands for, or None for one that says nothing.

    `lost`: it may tell of what the books lack.
    """
    at_s = record.at_ms / 1000
    match record:
        case messages.Rated():
            return commands.Rate(record.visit, record.window, record.level, record.item, at_s, lost)
        case messages.Printed():
            slip = commands.Slip(record.service, record.priority, record.issued_ms / 1000)
            return commands.MarkPrinted(
                record.visit, record.number, record.outcome, record.reason, record.copy, slip, lost
            )
        case messages.Shown():
            return commands.TellCalled(
                record.visit, record.window, record.calls, at_s, place_of(record).seq, lost
            )
        case messages.Issued(visit=visit, number=number, service=service, priority=priority):
            return commands.MergeIssued(visit, number, service, priority, at_s)
        case messages.Withdrawn():
            return commands.Withdraw(record.request)
        case messages.MaybePrinted():
            return commands.MarkMaybePrinted(record.prefix, record.first, record.last)
        case messages.Skipped():
            return None
