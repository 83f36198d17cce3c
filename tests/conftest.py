"""Fixtures that any test may use."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import settings

from edge import broker as broker_module
from edge.broker import RunningBroker, mosquitto_path, start_broker

settings.register_profile("hall", settings.default, deadline=None)  # a busy machine is no defect
settings.load_profile("hall")


@pytest.fixture()
def mosquitto() -> Iterator[RunningBroker]:
    """A real Mosquitto on a free port of loopback."""
    if mosquitto_path() is None:
        pytest.fail("Mosquitto is not installed: `make test` installs it")
    with start_broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture(params=["mosquitto", "embedded"])
def any_broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """Each kind of broker that a hall can start by itself, in turn."""
    if request.param == "mosquitto" and mosquitto_path() is None:
        pytest.fail("Mosquitto is not installed: `make test` installs it")
    with start_broker(kind=request.param) as broker:
        yield broker


@pytest.fixture()
def shared_folder() -> Iterator[Path]:
    """A folder that every user may look into; pytest's own are for one user alone."""
    with tempfile.TemporaryDirectory(prefix="hall-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


class Authority:
    """A CA and the certificates it gives out, as files in `folder`; `ca_file` is its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._ca = trustme.CA()
        self.ca_file = str(folder / "ca.crt")
        self._ca.cert_pem.write_to_path(self.ca_file)
        self._issued: dict[str, trustme.LeafCert] = {}

    def issue(self, name: str, *hosts: str, days: tuple[float, float] = (-1, 365)) -> dict[str, str]:
        """Valid from so many days from now until so many; what a site file and an address call its files."""
        now = datetime.datetime.now(datetime.UTC)
        begins, ends = (now + datetime.timedelta(days=one) for one in days)
        issued = self._ca.issue_cert(*hosts, common_name=name, not_before=begins, not_after=ends)
        self._issued[name] = issued
        files = {"certificate_file": self.folder / f"{name}.crt", "key_file": self.folder / f"{name}.key"}
        issued.cert_chain_pems[0].write_to_path(files["certificate_file"])
        issued.private_key_pem.write_to_path(files["key_file"])
        files["key_file"].chmod(0o600)
        return {setting: str(file) for setting, file in files.items()}

    def revoked(self, *names: str) -> str:
        """The list of those that are worth nothing any more."""
        own = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes())
        key: Any = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(own.subject).last_update(now)
        builder = builder.next_update(now + datetime.timedelta(days=30))
        for name in names:
            issued = x509.load_pem_x509_certificate(self._issued[name].cert_chain_pems[0].bytes())
            entry = x509.RevokedCertificateBuilder().serial_number(issued.serial_number).revocation_date(now)
            builder = builder.add_revoked_certificate(entry.build())
        path = self.folder / "hall.crl"
        path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return str(path)


@pytest.fixture()
def authority(tmp_path: Path) -> Authority:
    """The hall's CA."""
    return Authority(tmp_path / "ca")


@pytest.fixture()
def another_authority(tmp_path: Path) -> Authority:
    """One that the hall knows nothing of."""
    return Authority(tmp_path / "another-ca")


@pytest.fixture()
def tls_broker(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[RunningBroker]]:
    """`with tls_broker("require_certificate true") as broker:` a Mosquitto with TLS alone, on a free port."""
    plain = broker_module._MOSQUITTO

    @contextmanager
    def started(*lines: str, port: int = 0, conf: str = "", **files: str) -> Iterator[RunningBroker]:
        """`conf`: all of its settings. `files`: its certificate."""
        own = files or authority.issue("broker", "127.0.0.1", "localhost")
        tls = (f"certfile {own['certificate_file']}", f"keyfile {own['key_file']}", *lines)
        text = conf or plain + "\n".join((f"cafile {authority.ca_file}", *tls)) + "\n"
        with monkeypatch.context() as patch:
            patch.setattr(broker_module, "_MOSQUITTO", text)
            patch.setattr(broker_module, "_check_answer", lambda _port: None)  # asks without TLS
            broker = start_broker(port, kind="mosquitto")
        with broker:
            yield broker

    return started
