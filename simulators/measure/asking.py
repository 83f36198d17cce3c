"""A plain client that asks the coordinator, many questions at once, as a whole hall of nodes would."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable

import msgspec

from mqtt_bridge import messages as m
from mqtt_bridge.payloads import encode
from simulators.measure.bare import BareClient
from simulators.measure.halls import SITE

NAME = "measure"
DEADLINE_MS = 60_000
DONE_S = 60.0
AT_ONCE = 50
"""A coordinator leaves answers unsent when more wait than any hall asks at once; nodes then ask again."""

Answered = Callable[[m.Answer], None]


class Refusal(RuntimeError):  # noqa: N818 - an answer of the hall
    """The hall refused what a measure needs. The text is its own."""


class Asker:
    """Asks for `name`, a node of its own; keeps records too, and hears their receipts."""

    def __init__(self, port: int, name: str = NAME) -> None:
        """Connects to the broker on `port` of this machine."""
        self._name = name
        self._topic = f"hall/1/{SITE}/{name}"
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)
        self._records = 0
        self._pending: dict[str, Answered] = {}
        self._answer = msgspec.json.Decoder(m.Answer)
        self._receipt = msgspec.json.Decoder(m.Receipt)
        self.receipted = 0
        self.client = BareClient("127.0.0.1", port, name, self._heard)
        self.client.subscribe(f"hall/1/{SITE}/+/answer/{name}", f"hall/1/{SITE}/+/receipt/{name}")

    @property
    def under_way(self) -> int:
        """Requests without an answer, and records without a receipt."""
        return len(self._pending) + self._records - self.receipted

    def ask(self, make: Callable[[str, int], m.Ask], answered: Answered) -> None:
        """Send `make(id, deadline_ms)`; `answered` is called from the client's `pump`."""
        request_id = f"{self._run}-{next(self._count)}"
        self._pending[request_id] = answered
        request = make(request_id, int(time.time() * 1000) + DEADLINE_MS)
        self.client.publish(f"{self._topic}/request", encode(request))

    def keep(self, make: Callable[[str, str, int], m.Record]) -> None:
        """Send `make(source, id, at_ms)`; its receipt moves `receipted` on."""
        self._records += 1
        record = make(self._name, f"{self._run}-{self._records}", int(time.time() * 1000))
        self.client.publish(f"{self._topic}/record", encode(record))

    def all(self, makes: list[Callable[[str, int], m.Ask]]) -> list[m.Answer]:
        """Ask all, some at a time, and wait for the answers. Raises Refusal, TimeoutError."""
        answers: list[m.Answer] = []
        for at in range(0, len(makes), AT_ONCE):
            for make in makes[at : at + AT_ONCE]:
                self.ask(make, answers.append)
            self.client.until(lambda: not self._pending, "the coordinator does not answer", DONE_S)
        bad = [answer for answer in answers if answer.code != "ok"]
        if bad:
            raise Refusal(f"{bad[0].code}: {bad[0].text_en}")
        return answers

    def open_windows(self, windows: tuple[str, ...]) -> None:
        """A clerk logs in at each."""
        self.all([_login(window) for window in windows])

    def issue(self, count: int, services: tuple[str, ...]) -> list[str]:
        """So many numbers, over these services in turn; returns the visits."""
        turn = itertools.cycle(services)
        answers = self.all([_take(next(turn)) for _ in range(count)])
        return [answer.slip.visit for answer in answers if answer.slip is not None]

    def _heard(self, topic: str, payload: bytes) -> None:
        if topic.split("/")[4] == "receipt":
            self._receipted(self._receipt.decode(payload))
            return
        answer = self._answer.decode(payload)
        answered = self._pending.pop(answer.id, None)
        if answered is not None:
            answered(answer)

    def _receipted(self, receipt: m.Receipt) -> None:
        if receipt.generation == self._run:
            self.receipted = receipt.up_to - len(receipt.missing)


def _login(window: str) -> Callable[[str, int], m.Ask]:
    return lambda id_, deadline: m.Login(id_, deadline, window, f"{int(window):04d}")


def _take(service: str) -> Callable[[str, int], m.Ask]:
    return lambda id_, deadline: m.TakeNumber(id_, deadline, service)
