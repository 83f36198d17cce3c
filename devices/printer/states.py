"""States of a printer at work, and what leads from one to another.

    CLOSED ──OPENED──▶ ASKING ──WELL, BLIND──▶ READY ──JOB──▶ SENDING ──SENT──▶ CONFIRMING
                        │  ▲                   ▲   │             │               │   │   │
                      FAULT└──── GIVEN_UP ─────│───│─────────────│───────────────┘   │   │
                        ▼                      ├───│─────DONE────│───────────────────┘   │
                      BLOCKED ──────WELL───────┘   │           FAULT                   FAULT
                        │  ▲◀──────────────────────┴─────────────┴───────────────────────┘
                      TORN └─FAULT─┐
                        └──────▶ SETTLING ──DONE──▶ READY

Rules
1. ASKING: it is not known how the printer is; nothing is begun. BLIND: it never answered anything.
2. BLOCKED: it has a fault, or is gone. Tickets wait.
3. SETTLING: a ticket ended as unknown; the printer first gives the answers it owes.
4. CLOSED may come at any time.
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where the printer is."""

    CLOSED = auto()
    ASKING = auto()
    READY = auto()
    SENDING = auto()
    CONFIRMING = auto()
    BLOCKED = auto()
    SETTLING = auto()


class Event(Enum):
    """What happens to it."""

    OPENED = auto()
    CLOSED = auto()
    WELL = auto()
    BLIND = auto()
    FAULT = auto()
    TORN = auto()
    JOB = auto()
    SENT = auto()
    DONE = auto()
    GIVEN_UP = auto()


TABLE: dict[tuple[State, Event], State] = {
    (State.CLOSED, Event.OPENED): State.ASKING,
    (State.ASKING, Event.WELL): State.READY,
    (State.ASKING, Event.BLIND): State.READY,
    (State.ASKING, Event.TORN): State.SETTLING,
    (State.ASKING, Event.FAULT): State.BLOCKED,
    (State.READY, Event.JOB): State.SENDING,
    (State.READY, Event.TORN): State.SETTLING,
    (State.READY, Event.FAULT): State.BLOCKED,
    (State.SENDING, Event.SENT): State.CONFIRMING,
    (State.SENDING, Event.FAULT): State.BLOCKED,
    (State.CONFIRMING, Event.DONE): State.READY,
    (State.CONFIRMING, Event.FAULT): State.BLOCKED,
    (State.CONFIRMING, Event.GIVEN_UP): State.ASKING,
    (State.BLOCKED, Event.WELL): State.READY,
    (State.BLOCKED, Event.TORN): State.SETTLING,
    (State.SETTLING, Event.DONE): State.READY,
    (State.SETTLING, Event.FAULT): State.BLOCKED,
    (State.SETTLING, Event.GIVEN_UP): State.ASKING,
    **{(state, Event.CLOSED): State.CLOSED for state in State},
}


class IllegalEventError(RuntimeError):
    """An event that the present state does not know: a fault of this program, not of the printer."""


def after(state: State, event: Event) -> State:
    """The next state. Raises IllegalEventError, naming both."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalEventError(f"{event.name} in {state.name}") from None
