"""The messages of the contract, one frozen Struct each.

Four families, by what a receiver may do with them:

* **State** (retained, newest wins): `Life`, `DeviceState`, `Role`, and the coordinator's `HallState`,
  `SiteState`, `WindowState`, `QueueState`, `BoardState`. Whole, never a difference.
* **Request** (`Ask…` union, not retained): carries `id` and `deadline_ms`; refused when late; the same id
  again gets the same answer.
* **Answer** to one request.
* **Record** (`Rated`, `Printed`, `Shown`): a promise already kept in the sender's journal. Sent again
  until a `Receipt` names it; `source` + `id` make it count once.

Times named `…_ms` are Unix milliseconds. Of these, `deadline_ms` is read off the system clock; all others
are hall time, which is the same clock except in a hall that is run faster than life.
"""

from __future__ import annotations

from mqtt_bridge.records import (
    Entry,
    Printed,
    Rated,
    Receipt,
    Record,
    Shown,
)
from mqtt_bridge.requests import (
    AddItem,
    Answer,
    ApplySite,
    Ask,
    AskRating,
    Begin,
    CallNext,
    CallNumber,
    ClaimRole,
    Finish,
    Hold,
    Login,
    Logout,
    NoShow,
    PauseWindow,
    Quote,
    Recall,
    Reprint,
    Request,
    ResumeHeld,
    ResumeWindow,
    Slip,
    TakeNumber,
    Transfer,
    WindowAsk,
)
from mqtt_bridge.states import (
    BoardCall,
    BoardState,
    DeviceState,
    HallState,
    Life,
    Notice,
    QueueState,
    RatingAsk,
    Role,
    SiteState,
    State,
    WindowState,
)
from mqtt_bridge.vocabulary import (
    Count,
    Level,
    Lifecycle,
    Message,
    Name,
    Number,
    Phase,
    RecordId,
    RequestId,
    Seconds,
    Storage,
    Text,
    UnixMs,
    Visit,
)

__all__ = [
    "AddItem",
    "Answer",
    "ApplySite",
    "Ask",
    "AskRating",
    "Begin",
    "BoardCall",
    "BoardState",
    "CallNext",
    "CallNumber",
    "ClaimRole",
    "Count",
    "DeviceState",
    "Entry",
    "Finish",
    "HallState",
    "Hold",
    "Level",
    "Life",
    "Lifecycle",
    "Login",
    "Logout",
    "Message",
    "Name",
    "NoShow",
    "Notice",
    "Number",
    "PauseWindow",
    "Phase",
    "Printed",
    "QueueState",
    "Quote",
    "Rated",
    "RatingAsk",
    "Recall",
    "Receipt",
    "Record",
    "RecordId",
    "Reprint",
    "Request",
    "RequestId",
    "ResumeHeld",
    "ResumeWindow",
    "Role",
    "Seconds",
    "Shown",
    "SiteState",
    "Slip",
    "State",
    "Storage",
    "TakeNumber",
    "Text",
    "Transfer",
    "UnixMs",
    "Visit",
    "WindowAsk",
    "WindowState",
]
