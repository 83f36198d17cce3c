"""The command line: what a technician types, what is said, and the exit code."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge import apply as apply_module
from edge import console as console_module
from edge import promote as promote_module
from edge.broker import RunningBroker
from edge.cli import run as hall

ROOT = Path(__file__).resolve().parents[2]
MINIMAL = ROOT / "examples" / "minimal.toml"


@pytest.fixture()
def site(tmp_path: Path, site_toml: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(site_toml, encoding="utf-8")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr, and nothing else."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


def usage(arguments: list[str]) -> int:
    """The exit code of a command line that argparse ends."""
    with pytest.raises(SystemExit) as stopped:
        hall(arguments)
    return int(stopped.value.code or 0)


# --- the command itself -----------------------------------------------------------------------------------


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert usage(["--help"]) == 0
    text = capsys.readouterr().out
    for command in (
        "node",
        "check",
        "doctor",
        "watch",
        "apply",
        "promote",
        "report",
        "voice",
        "demo",
        "simulate",
    ):
        assert f"    {command} " in text


@pytest.mark.parametrize(
    "command", ["node", "check", "doctor", "watch", "apply", "promote", "report", "voice", "demo", "simulate"]
)
def test_each_command_has_its_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert usage([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: hall {command}")


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["node"], ["node", "--site", "x.toml"], ["check"], ["check", "a", "b"], ["report"]],
)
def test_a_wrong_command_line_is_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert usage(arguments) == 2
    assert "usage: hall" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from edge.release import VERSION

    assert usage(["--version"]) == 0
    assert capsys.readouterr().out == f"hall-edge {VERSION}\n"


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge", "check", str(MINIMAL)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "in order" in done.stdout


def test_a_node_loads_no_simulator_and_no_rules_it_does_not_need() -> None:
    """A plain node leaves the coordinator, the simulators and rich alone: they cost a start on a Pi."""
    script = "import edge.cli, edge.run_node, edge.node, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for module in ("simulators", "rich", "edge.coordinator", "edge.hall.decide", "starlette"):
        assert f"'{module}'" not in done.stdout


# --- node -----------------------------------------------------------------------------------------------


def test_garbage_is_looked_for_once_a_node_is_open(tmp_path: Path, site: Path) -> None:
    script = """
import asyncio, gc, sys
from edge import __main__, run_node
async def opened(plan, node, watchdog, stop):
    before = gc.isenabled()
    stop.set()
    await live(plan, node, watchdog, stop)
    print(before, gc.isenabled(), gc.get_freeze_count() > 10_000)
live, run_node._live = run_node._live, opened
sys.exit(__main__.main())
"""
    options = ["--site", str(site), "--node", "east", "--data", str(tmp_path), "--broker", "127.0.0.1:1"]
    command = [sys.executable, "-c", script, "node", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "False True True\n", done.stderr


def test_an_unknown_node_is_told_the_nearest_name(capsys: pytest.CaptureFixture[str], site: Path) -> None:
    assert hall(["node", "--site", str(site), "--node", "eats"]) == 1
    text = said(capsys)
    assert text.startswith(f"hall node: {site} has no node 'eats'")
    assert '"east"' in text


@pytest.mark.parametrize(
    ("broker", "code"),
    [(one, 2) for one in ("nowhere", "host:", ":1883", "host:0", "host:70000", "host:x", "host:²")],
)
def test_a_wrong_broker_address_is_named(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path, broker: str, code: int
) -> None:
    arguments = ["--site", str(site), "--broker", broker]
    assert hall(["node", *arguments, "--node", "east", "--data", str(tmp_path)]) == code
    assert (
        said(capsys)
        == f"hall node: --broker takes HOST:PORT, for example 127.0.0.1:1883, and not {broker!r}\n"
    )
    assert hall(["watch", *arguments]) == code
    assert said(capsys).startswith("hall watch: --broker takes HOST:PORT")


@pytest.mark.parametrize("clock", ["now", "1,2", "1,2,0", "1,2,5000", "1,2,x"])
def test_a_wrong_clock_is_named(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path, clock: str
) -> None:
    options = ["--data", str(tmp_path), "--clock", clock]
    assert hall(["node", "--site", str(site), "--node", "east", *options]) == 2
    assert said(capsys).startswith("hall node: --clock")


def test_a_site_file_that_is_not_there_or_wrong_is_named(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.toml"
    site.write_text(site.read_text().replace('"keypad"', '"keypda"'))
    for file, sentence in ((missing, "cannot be read: No such file"), (site, 'unknown kind "keypda"')):
        assert hall(["node", "--site", str(file), "--node", "east"]) == 1
        text = said(capsys)
        assert text.startswith("hall node: the site file has mistakes\n")
        assert str(file) in text
        assert sentence in text


def test_a_data_folder_that_cannot_be_used_is_named(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    code = hall(["node", "--site", str(site), "--node", "east", "--data", str(tmp_path / "file" / "data")])
    assert code == 1
    assert "journal" in said(capsys)


def test_a_password_file_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path
) -> None:
    broker = '\n[broker]\nusername = "east"\npassword_file = "/nonexistent/secret"\n'
    site.write_text(site.read_text() + broker)
    assert hall(["node", "--site", str(site), "--node", "east", "--data", str(tmp_path)]) == 1
    assert "password_file /nonexistent/secret: No such file" in said(capsys)


def test_a_port_of_tls_without_a_ca_is_refused(capsys: pytest.CaptureFixture[str], site: Path) -> None:
    assert hall(["watch", "--site", str(site), "--broker", "hall.invalid:8883"]) == 1
    assert "port 8883 is that of TLS, but [broker] has no ca_file: nobody would verify" in said(capsys)


def test_a_port_that_its_own_broker_cannot_have_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        file = tmp_path / "minimal.toml"
        port = taken.getsockname()[1]
        file.write_text(MINIMAL.read_text().replace("embedded = true", f"embedded = true\nport = {port}"))
        assert hall(["node", "--site", str(file), "--node", "hall", "--data", str(tmp_path)]) == 1
        assert said(capsys).startswith(f"hall node: port {port} is in use")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_node_without_a_broker_starts_waits_and_stops_cleanly(
    run: Any, site: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Both the coordinator's node, which waits for the role, and a plain one."""

    async def body() -> None:
        nodes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "edge", "node", "--site", str(site), "--node", node),
                *("--data", str(tmp_path / node), "--broker", f"127.0.0.1:{free_port()}"),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            for node in ("core", "east")
        ]
        for node in nodes:
            assert node.stdout is not None
            while b"trying again until it is back" not in await node.stdout.readline():
                pass
            node.send_signal(number)
            rest = await node.stdout.read()
            assert await node.wait() == 0
            assert b"Traceback" not in rest

    run(body())


# --- check, apply, watch, report ---------------------------------------------------------------------------


def test_check_says_in_order_or_what_is_wrong(
    capsys: pytest.CaptureFixture[str], site: Path, tmp_path: Path
) -> None:
    assert hall(["check", str(site)]) == 0
    assert f"{site}: in order" in capsys.readouterr().out
    assert hall(["check", str(tmp_path / "missing.toml")]) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_apply_without_a_broker_says_so(
    capsys: pytest.CaptureFixture[str], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "BROKER_S", 0.2)
    port = free_port()
    assert hall(["apply", str(site), "--broker", f"127.0.0.1:{port}"]) == 1
    assert f"hall apply: no broker at 127.0.0.1:{port}" in said(capsys)


def test_apply_without_a_coordinator_says_so(
    capsys: pytest.CaptureFixture[str], site: Path, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_module, "ANSWER_S", 0.2)
    assert hall(["apply", str(site), "--broker", f"127.0.0.1:{mosquitto.port}"]) == 1
    assert said(capsys) == "hall apply: the hall's coordinator did not answer: does it run?\n"


@pytest.mark.parametrize(
    ("node", "more", "text"),
    [
        ("east", "", "the site file has no [standby]: there is nobody to take the coordinator's place"),
        ("north", "standby", "node 'north' cannot coordinate this site: core and east can"),
        ("east", "standby", "no broker at 127.0.0.1:"),
    ],
)
def test_promote_says_why_not(
    capsys: pytest.CaptureFixture[str],
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    node: str,
    more: str,
    text: str,
) -> None:
    monkeypatch.setattr(console_module, "BROKER_S", 0.2)
    if more:
        port = free_port()
        table = f'[standby]\nnode = "east"\nhost = "127.0.0.1"\nport = {port}\n'
        site.write_text(site.read_text() + table, encoding="utf-8")
    assert hall(["promote", "--site", str(site), "--node", node]) == 1
    assert said(capsys).startswith(f"hall promote: {text}")


def test_promote_of_a_node_that_does_not_run_says_so(
    capsys: pytest.CaptureFixture[str], site: Path, monkeypatch: pytest.MonkeyPatch, mosquitto: RunningBroker
) -> None:
    monkeypatch.setattr(promote_module, "ANSWER_S", 0.2)
    table = f'[standby]\nnode = "east"\nhost = "127.0.0.1"\nport = {mosquitto.port}\n'
    site.write_text(site.read_text() + table, encoding="utf-8")
    assert hall(["promote", "--site", str(site), "--node", "east"]) == 1
    text = said(capsys)
    assert re.search(r"node east of site '.+' did not answer at 127\.0\.0\.1", text)
    assert "if it runs, it has another site file" in text


def test_apply_looks_for_the_coordinator_on_both_brokers(
    capsys: pytest.CaptureFixture[str], site: Path, monkeypatch: pytest.MonkeyPatch, mosquitto: RunningBroker
) -> None:
    monkeypatch.setattr(console_module, "BROKER_S", 0.2)
    monkeypatch.setattr(apply_module, "ANSWER_S", 0.2)
    first = free_port()
    tables = (
        f'[broker]\nport = {first}\n[standby]\nnode = "east"\nhost = "127.0.0.1"\nport = {mosquitto.port}\n'
    )
    site.write_text(site.read_text() + tables, encoding="utf-8")
    assert hall(["apply", str(site)]) == 1
    text = said(capsys)
    assert f"no broker at 127.0.0.1:{first}" in text
    assert f"did not answer at 127.0.0.1:{mosquitto.port}" in text


def test_apply_of_a_wrong_file_asks_nobody(capsys: pytest.CaptureFixture[str], site: Path) -> None:
    site.write_text("[site")
    assert hall(["apply", str(site)]) == 1
    assert "hall apply: the site file has mistakes" in said(capsys)


def test_report_of_a_stopped_hall(
    run: Any, office: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def body() -> None:
        async with office() as one:
            await one.number()

    run(body())
    assert hall(["report", str(tmp_path / "small-core.db")]) == 0
    assert "issued 1" in capsys.readouterr().out


def test_report_of_no_journal_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert hall(["report", str(tmp_path / "none.db")]) == 1
    assert said(capsys) == f"hall report: there is no journal {tmp_path / 'none.db'}\n"


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge.settings.report.check_file", interrupted)
    assert hall(["check", str(site)]) == 130


def test_voice_without_its_program_says_what_to_install(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert hall(["voice", str(tmp_path / "clips")]) == 1
    assert "espeak-ng is not installed: run `apt install espeak-ng`" in said(capsys)
