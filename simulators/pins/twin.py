"""A push button and a lamp on a node's mock pins, each a device of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from simulators.device import Device, Hand
from simulators.pins.interface_socket import PinsTwin
from simulators.trouble import Order, Trouble

_NO_FRAMES = "it is a wire to a pin and says no frames"


class PinTwin(Device):
    """What both share: one pin of the panel `pins`."""

    TROUBLES: ClassVar = {
        "unplug": Trouble(lambda twin, order: twin.cut_off(), lambda twin: twin.put_back()),
    }
    CANNOT: ClassVar = {
        **dict.fromkeys(("late", "garbled", "cut_frame", "silent", "no_ack", "wrong_address"), _NO_FRAMES),
        "refuse": "it obeys as long as its wire holds: unplug cuts that",
        "busy": "nothing in it could be busy",
        "power_off": "it has no power of its own: unplug cuts its wire",
    }

    def __init__(self, name: str, pins: PinsTwin, pin: int) -> None:
        super().__init__(name)
        self.pins = pins
        self.pin = pin
        pins.on_news.append(self.notice)

    @property
    def face(self) -> str:
        if not self.pins.connected:
            return "(未接通)"
        return "(断线)" if self.pin in self.pins.panel.cut else self.panel()

    def panel(self) -> str:
        """The face while its wire holds."""
        return ""

    def cut_off(self) -> None:
        """Its wire is cut."""
        self.pins.panel.cut.add(self.pin)

    def put_back(self) -> None:
        """Its wire is whole again."""
        self.pins.panel.cut.discard(self.pin)


class ButtonTwin(PinTwin):
    """`await press()`, or `hold()` and `release()`."""

    kind = "button"
    HANDS: ClassVar = {
        "press": Hand((), "press and let go"),
        "hold": Hand((), "press and keep it down"),
        "release": Hand((), "let go"),
    }
    TROUBLES: ClassVar = {
        **PinTwin.TROUBLES,
        "stuck_key": Trouble(lambda twin, order: twin.stick(), lambda twin: twin.come_loose()),
        "noise": Trouble(
            lambda twin, order: twin.bounce_as(order), lambda twin: twin.bounce_as(None), ("seed",)
        ),
    }

    def __init__(self, name: str, pins: PinsTwin, pin: int) -> None:
        super().__init__(name, pins, pin)
        self._bounce_seed: int | None = None

    def panel(self) -> str:
        panel = self.pins.panel
        is_down = not panel.inputs.get(self.pin, True)
        return ("[▼]" if is_down else "[■]") + ("!" if self.pin in panel.stuck else "")

    def look(self) -> dict[str, Any]:
        return {"high": self.pins.panel.inputs.get(self.pin)}

    async def press(self) -> None:
        """Press, let go, lift the finger."""
        await self.pins.press(self.pin, bounce_seed=self._bounce_seed)

    def hold(self) -> None:
        """Press and keep it down."""
        self.pins.hold(self.pin)

    def release(self) -> None:
        """Let go; a stuck button stays down."""
        self.pins.release(self.pin)

    def cut_off(self) -> None:
        self.pins.let_go(self.pin)
        super().cut_off()

    def stick(self) -> None:
        """It goes down and stays there."""
        self.pins.panel.stuck.add(self.pin)
        self.hold()

    def come_loose(self) -> None:
        """It comes up again."""
        self.pins.panel.stuck.discard(self.pin)
        self.release()

    def bounce_as(self, order: Order | None) -> None:
        """Its contact bounces at each press, or no more."""
        self._bounce_seed = order.seed if order is not None else None


class LampTwin(PinTwin):
    """`is_lit` is whether it shines."""

    kind = "lamp"
    TROUBLES: ClassVar = {
        **PinTwin.TROUBLES,
        "lamp_broken": Trouble(lambda twin, order: twin.blow(), lambda twin: twin.renew()),
    }
    CANNOT: ClassVar = {**PinTwin.CANNOT, "stuck_key": "it has no key", "noise": _NO_FRAMES}

    @property
    def is_lit(self) -> bool:
        """Whether it shines."""
        return self.pins.lamp(self.pin)

    def panel(self) -> str:
        return "●" if self.is_lit else "○"

    def look(self) -> dict[str, Any]:
        return {"lit": self.is_lit}

    def blow(self) -> None:
        """It is dark from now on."""
        self.pins.panel.broken_lamps.add(self.pin)

    def renew(self) -> None:
        """A new one is screwed in."""
        self.pins.panel.broken_lamps.discard(self.pin)
