"""From a press at a window to a request: pure, one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from edge.asker import Make
from edge.desks.directory import Directory
from mqtt_bridge import messages as m


class Press(NamedTuple):
    """What was pressed: an action word of `devices.keypad.keymap`, digits typed for it, its option."""

    action: str
    digits: str = ""
    option: str = ""


_Maker: TypeAlias = Callable[[str, Press, Directory], Make]


def _plain(request: type[m.WindowAsk]) -> _Maker:
    return lambda window, press, directory: lambda id_, deadline: request(id_, deadline, window)


def _call_number(window: str, press: Press, directory: Directory) -> Make:
    return lambda id_, deadline: m.CallNumber(id_, deadline, window, number=press.digits)


def _resume_held(window: str, press: Press, directory: Directory) -> Make:
    return lambda id_, deadline: m.ResumeHeld(id_, deadline, window, number=press.digits)


def _pause(window: str, press: Press, directory: Directory) -> Make:
    return lambda id_, deadline: m.PauseWindow(id_, deadline, window, reason=press.option)


def _transfer_window(window: str, press: Press, directory: Directory) -> Make:
    target = press.option or directory.window(press.digits)
    return lambda id_, deadline: m.Transfer(id_, deadline, window, to_window=target)


def _transfer_queue(window: str, press: Press, directory: Directory) -> Make:
    target = press.option or directory.queue(press.digits)
    return lambda id_, deadline: m.Transfer(id_, deadline, window, to_queue=target)


def _add_item(window: str, press: Press, directory: Directory) -> Make:
    service = press.option or directory.service(press.digits) or "unknown"
    return lambda id_, deadline: m.AddItem(id_, deadline, window, service=service)


def _login(window: str, press: Press, directory: Directory) -> Make:
    return lambda id_, deadline: m.Login(id_, deadline, window, clerk=press.digits or "0")


_MAKERS: dict[str, _Maker] = {
    "call_next": _plain(m.CallNext),
    "call_number": _call_number,
    "recall": _plain(m.Recall),
    "begin": _plain(m.Begin),
    "ask_rating": _plain(m.AskRating),
    "no_show": _plain(m.NoShow),
    "hold": _plain(m.Hold),
    "resume_held": _resume_held,
    "finish": _plain(m.Finish),
    "pause": _pause,
    "resume": _plain(m.ResumeWindow),
    "transfer_window": _transfer_window,
    "transfer_queue": _transfer_queue,
    "add_item": _add_item,
    "login": _login,
    "logout": _plain(m.Logout),
}


def request_of(window: str, press: Press, directory: Directory) -> Make | None:
    """The request a press at `window` stands for, or None for an action that is not a window's."""
    maker = _MAKERS.get(press.action)
    return None if maker is None else maker(window, press, directory)
