"""From the hall's views to the states of the contract. Their version is 0 until they go out."""

from __future__ import annotations

from collections.abc import Callable

from edge.hall import views
from edge.hall.state import Hall
from mqtt_bridge import messages as m

GRACE_MS = 3600 * 1000
"""A state is good until an hour after its business day: by then the next day's has come."""

TEXT_MOST = 400
"""Characters of a text in the contract: a hundred windows with long labels would not fit."""


class StateWriter:
    """Draws states of the hall as it is now. `qr` makes the text of a slip's code from (visit, number)."""

    def __init__(self, epoch: int, qr: Callable[[str, str], str]) -> None:
        self.epoch = epoch
        self._qr = qr

    def window(self, hall: Hall, window: str) -> m.WindowState:
        """One window, whole."""
        view = views.window_view(hall, window)
        return m.WindowState(
            self.epoch,
            0,
            _valid_until(hall),
            window=view.window,
            label=view.label,
            phase=_PHASES[view.phase],
            name=view.name,
            name_en=view.name_en,
            clerk=view.clerk,
            reason=view.reason,
            visit=view.visit,
            ticket=view.ticket,
            service=view.service,
            service_en=view.service_en,
            called_ms=_ms(view.called_s),
            calls=view.calls,
            waiting=view.waiting,
            rating=_rating(view),
        )

    def queues(self, hall: Hall, now_s: float) -> list[m.QueueState]:
        """All queues, at the cost of one forecast."""
        names = tuple(hall.catalogue.queues)
        return [
            m.QueueState(
                self.epoch,
                0,
                _valid_until(hall),
                queue=view.queue,
                name=view.name,
                name_en=view.name_en,
                waiting=view.waiting,
                wait_low_s=view.wait_low_s,
                wait_high_s=view.wait_high_s,
                issuing=view.issuing,
                windows_open=view.windows_open,
                last=view.last,
            )
            for view in views.queue_views(hall, names, now_s)
        ]

    def board(self, hall: Hall) -> m.BoardState:
        """The last calls."""
        calls = tuple(
            m.BoardCall(line.visit, line.number, line.label, _ms(line.at_s), line.calls, line.queue)
            for line in views.board_view(hall)
        )
        return m.BoardState(self.epoch, 0, _valid_until(hall), calls)

    def hall(self, hall: Hall) -> m.HallState:
        """The hall as a whole, but for `storage`."""
        view = views.hall_view(hall)
        notices = tuple(m.Notice(notice.text, notice.text_en) for notice in view.notices)
        return m.HallState(
            self.epoch,
            0,
            _valid_until(hall),
            day=view.day,
            open=view.open,
            site_version=view.site_version,
            notices=notices,
        )

    def site(self, hall: Hall) -> m.SiteState:
        """The site file in force, but for its text."""
        site_version = max(hall.catalogue.version, 0)
        return m.SiteState(self.epoch, 0, _valid_until(hall), site_version=site_version, toml="")

    def slip(self, view: views.SlipView) -> m.Slip:
        """A ticket's text."""
        return m.Slip(
            visit=view.visit,
            number=view.number,
            service=view.service,
            issued_ms=_ms(view.issued_s),
            service_en=view.service_en,
            queue=view.queue,
            priority=view.priority,
            ahead=view.ahead,
            wait_low_s=view.wait_low_s,
            wait_high_s=view.wait_high_s,
            windows="、".join(view.windows)[:TEXT_MOST],
            qr=self._qr(view.visit, view.number),
            copy=view.copy,
            alone=view.alone,
            service_id=view.service_id,
            class_id=view.class_id,
        )


_PHASES: dict[str, m.Phase] = {
    "closed": "closed",
    "paused": "paused",
    "idle": "idle",
    "calling": "calling",
    "serving": "serving",
}


def _rating(view: views.WindowView) -> m.RatingAsk | None:
    asked = view.question
    return m.RatingAsk(asked.visit, _ms(asked.asked_s), asked.item) if asked else None


def _valid_until(hall: Hall) -> int:
    return _ms(hall.day_ends_s) + GRACE_MS


def _ms(unix_s: float) -> int:
    return max(int(unix_s * 1000), 0)
