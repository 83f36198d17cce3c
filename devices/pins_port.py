"""The port of pins: the buttons and lamps of one machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from devices.base import DeviceHealth, Emit, Message
from devices.button.driver import Button
from devices.button.settings import ButtonSettings
from devices.errors import LinkLost
from devices.lamp.machine import Lamp
from devices.lamp.messages import SetLamp
from devices.lamp.settings import LampSettings
from devices.pins import PinRefusedError, Pins, check_url, open_pins


class PinsPort:
    """Several buttons and lamps on one port. See devices.base.Port.

    `url`: "gpio:" or "mock-gpio:/path/to.sock". Raises ValueError for another URL, for a name or a pin
    given twice. Emits `Pressed` and `LongPressed` of devices.button, and `DeviceHealth` with the codes
    "stuck" (degraded) and "pin_refused" (lost; the other pins go on).
    """

    def __init__(
        self,
        name: str,
        url: str,
        buttons: Mapping[str, ButtonSettings],
        lamps: Mapping[str, LampSettings],
        emit: Emit,
    ) -> None:
        check_url(url)
        _check_owners(buttons, lamps)
        self.name = name
        self._url = url
        self._emit = emit
        self._buttons = {device: Button(settings) for device, settings in buttons.items()}
        self._button_at = {settings.pin: device for device, settings in buttons.items()}
        self._lamps = {device: Lamp(settings.blink_ms / 1000) for device, settings in lamps.items()}
        self._lamp_settings = dict(lamps)
        self._refused: set[str] = set()
        self._pins: Pins | None = None
        self._now_s = 0.0

    @property
    def devices(self) -> tuple[str, ...]:
        """Buttons, then lamps."""
        return (*self._buttons, *self._lamps)

    @property
    def dropped(self) -> int:
        """Edges dropped since the port was opened."""
        return self._pins.dropped if self._pins else 0

    def open(self, now_s: float) -> None:
        """Raises LinkLost where there are no pins. A lamp shines again as it was last asked to."""
        self.close()
        try:
            self._pins = open_pins(self._url)
        except LinkLost as error:
            raise LinkLost(f"port {self.name}: {error}") from error
        self._now_s = now_s
        self._refused.clear()
        for device in self.devices:
            self._claim(self._pins, device, now_s)

    def close(self) -> None:
        """Release the pins."""
        pins, self._pins = self._pins, None
        if pins is not None:
            pins.close()

    def read_fd(self) -> int | None:
        """Readable when an input changed, or a twin says something."""
        return self._pins.fileno() if self._pins else None

    def write_fd(self) -> int | None:
        """Never."""
        return None

    def due_s(self) -> float | None:
        """The end of a debounce, a long press, or the next blink."""
        if self._pins is None:
            return None
        times = chain(
            (button.due_s() for device, button in self._buttons.items() if device not in self._refused),
            (lamp.due_s(self._now_s) for device, lamp in self._lamps.items() if device not in self._refused),
        )
        return min((time for time in times if time is not None), default=None)

    def on_readable(self, now_s: float) -> None:
        """Take the edges in."""
        if self._pins is None:
            return
        for edge in self._pins.edges(now_s):
            device = self._button_at[edge.pin]
            self._say(device, self._buttons[device].level(edge.high, edge.at_s))
        self.step(now_s)

    def on_writable(self, now_s: float) -> None:
        """Never called."""

    def step(self, now_s: float) -> None:
        """Let time pass for buttons and lamps."""
        self._now_s = now_s
        if self._pins is None:
            return
        for device, button in self._buttons.items():
            if device not in self._refused:
                self._say(device, button.step(now_s))
        for device in self._lamps:
            self._shine(self._pins, device, now_s)

    def handle(self, device: str, message: Message, now_s: float) -> None:
        """Takes SetLamp for a lamp. Raises TypeError for another message, KeyError for an unknown device."""
        if device in self._buttons or not isinstance(message, SetLamp):
            raise TypeError(f"{device} does not know {type(message).__name__}")
        self._lamps[device].set(message.state, now_s)
        self.step(now_s)

    def _claim(self, pins: Pins, device: str, now_s: float) -> None:
        try:
            if button := self._buttons.get(device):
                high = pins.claim_input(button.settings.pin, button.settings.pull)
                self._say(device, button.start(high, now_s))
            else:
                pins.claim_output(self._lamp_settings[device].pin, self._level(device, now_s))
                self._say(device, [DeviceHealth("ready")])
        except PinRefusedError as error:
            self._refuse(device, error)

    def _shine(self, pins: Pins, device: str, now_s: float) -> None:
        if device in self._refused:
            return
        try:
            pins.write(self._lamp_settings[device].pin, self._level(device, now_s))
        except PinRefusedError as error:
            self._refuse(device, error)

    def _level(self, device: str, now_s: float) -> bool:
        return self._lamps[device].lit(now_s) != self._lamp_settings[device].active_low

    def _refuse(self, device: str, error: PinRefusedError) -> None:
        self._refused.add(device)
        self._say(
            device, [DeviceHealth("lost", "pin_refused", f"{error}; choose another pin in the settings")]
        )

    def _say(self, device: str, messages: Iterable[Message]) -> None:
        for message in messages:
            self._emit(device, message)


def _check_owners(buttons: Mapping[str, ButtonSettings], lamps: Mapping[str, LampSettings]) -> None:
    """Each name and each pin has one owner. Raises ValueError that names both."""
    owners: dict[int, str] = {}
    taken = [(device, button.pin) for device, button in buttons.items()]
    taken += [(device, lamp.pin) for device, lamp in lamps.items()]
    for device, pin in taken:
        if pin in owners:
            raise ValueError(f"pin {pin} of {device!r} already belongs to {owners[pin]!r}")
        owners[pin] = device
    if twice := set(buttons) & set(lamps):
        raise ValueError(f"{min(twice)!r} names both a button and a lamp")
