"""Names of adapters: those that depend on the order of plugging are refused, with the one that stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.settings import port_names
from edge.settings.load import examine

Spoilt = Callable[[str, str], str]


def told(text: str) -> list[str]:
    return [str(one) for one in examine(text, "x.toml").problems]


@pytest.fixture()
def plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two adapters, of which one has a serial number."""
    monkeypatch.setattr(port_names, "SERIAL", tmp_path)
    for way, name, device in (
        ("by-id", "usb-FTDI_A10K-if00-port0", "/dev/ttyUSB7"),
        ("by-path", "platform-usb-0:1.2:1.0-port0", "/dev/ttyUSB7"),
        ("by-path", "platform-usb-0:1.3:1.0-port0", "/dev/ttyACM1"),
    ):
        (tmp_path / way).mkdir(exist_ok=True)
        (tmp_path / way / name).symlink_to(device)
    return tmp_path


@pytest.mark.parametrize("url", ["/dev/ttyUSB7", "/dev/./ttyUSB7", "/dev/serial/../ttyUSB7"])
def test_the_lasting_name_of_an_adapter_is_offered(spoilt: Spoilt, plugged_in: Path, url: str) -> None:
    assert told(spoilt("/dev/serial/by-path/one", url)) == [
        f'x.toml:27: [[ports]] "line": "{url}" is whichever adapter came first after power-on; '
        f'here and now that is "{plugged_in}/by-path/platform-usb-0:1.2:1.0-port0"'
    ]


@pytest.mark.parametrize("url", ["/dev/ttyACM0", "/dev/ttyUSB12", "/dev/ttyCH341USB0"])
def test_an_adapter_that_is_not_here_is_to_be_named_by_its_socket(
    spoilt: Spoilt, plugged_in: Path, url: str
) -> None:
    (problem,) = told(spoilt("/dev/serial/by-path/one", url))
    assert problem.endswith("take the name of its socket in /dev/serial/by-path")


@pytest.mark.parametrize(
    "url", ["/dev/ttyAMA0", "/dev/ttyS1", "/dev/serial0", "/dev/serial/by-id/usb-FTDI_1"]
)
def test_names_that_last_are_fine(spoilt: Spoilt, url: str) -> None:
    assert told(spoilt("/dev/serial/by-path/one", url)) == []


def test_a_connection_is_named_by_its_address(spoilt: Spoilt) -> None:
    assert told(spoilt("/dev/serial/by-path/one", "socket://gateway.hall:4001")) == [
        'x.toml:27: [[ports]] "line": "socket://gateway.hall:4001" has a name in place of an address; '
        "write the address: looking a name up would stop all ports while the name server is silent"
    ]
    assert told(spoilt("/dev/serial/by-path/one", "socket://[fe80::1]:4001")) == []
