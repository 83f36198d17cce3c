"""What may come in: from the bytes of a publish to a message that may be acted on, or a refusal."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.errors import Refused
from mqtt_bridge.link import Incoming
from mqtt_bridge.messages import Message
from mqtt_bridge.payloads import clears, decode, late
from mqtt_bridge.topics import Topic, parse

LOGGED = 500  # topics and reasons remembered as logged: a stranger's flood must not fill the memory


class Gate:
    """Judges what comes in. Counts refusals by reason in `refused`; logs each topic and reason once.

    `on_late` hears of requests past their deadline before those are refused.
    """

    def __init__(
        self,
        log: logging.Logger,
        now_ms: Callable[[], int],
        on_late: Callable[[Topic, Message, Incoming], None],
    ) -> None:
        """`now_ms` is the system clock, by which deadlines are written."""
        self.refused: Counter[str] = Counter()
        self._log = log
        self._now_ms = now_ms
        self._on_late = on_late
        self._logged: set[tuple[str, str]] = set()

    def admit(self, incoming: Incoming) -> tuple[Topic, Message] | None:
        """The message, or None where there is nothing to act on. Raises nothing of its own."""
        try:
            return self._judge(incoming)
        except Refused as refused:
            self.refused[refused.reason] += 1
            self.complain(incoming.topic, refused.reason, refused.detail)
            return None

    def complain(self, topic: str, reason: str, detail: str) -> None:
        """Log once for a topic and reason; the counts tell the rest."""
        if (topic, reason) in self._logged or len(self._logged) >= LOGGED:
            return
        self._logged.add((topic, reason))
        self._log.warning("%s on %s: %s", reason, ascii(topic[:200]), ascii(detail))

    def _judge(self, incoming: Incoming) -> tuple[Topic, Message] | None:
        topic = _topic(incoming.topic)
        if clears(topic, incoming.payload):
            return None
        message = decode(topic, incoming.payload)
        if incoming.retained and not CHANNELS[topic.kind].retain:
            raise Refused("stored", "a request or record must not be retained")
        if late(message, self._now_ms()):
            self._on_late(topic, message, incoming)
            raise Refused("late", f"{type(message).__name__} past its deadline")
        return topic, message


def _topic(text: str) -> Topic:
    try:
        return parse(text)
    except ValueError as error:
        raise Refused("wrong_topic", str(error)) from error
