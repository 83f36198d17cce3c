"""What went wrong in TLS, and what to do about it."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Mapping
from types import MappingProxyType

from mqtt_bridge.errors import TlsFailed
from mqtt_bridge.settings import TLS_PORT, BrokerAddress

# Of OpenSSL's x509_vfy.h
_EARLY, _OVER, _OTHER_NAMES = 9, 10, (62, 64)
_NOBODY_SIGNED = (2, 18, 19, 20, 21)

_OWN = "[broker] certificate_file and key_file"
_RENEW = "put a new certificate and its key on this node's disk"
_SHOWN = "does not accept this node's certificate"

# The reason of OpenSSL -> what the broker does, what to do
_ALERTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("wants a certificate of this node's own", f"name it in {_OWN}"),
        "SSLV3_ALERT_CERTIFICATE_REVOKED": (f"{_SHOWN}: it is revoked", _RENEW),
        "SSLV3_ALERT_CERTIFICATE_EXPIRED": (f"{_SHOWN}: it is over by the broker's clock", _RENEW),
        "TLSV1_ALERT_UNKNOWN_CA": (
            f"{_SHOWN}: it knows no CA that signed it",
            f"{_RENEW}, of the broker's CA",
        ),
        "TLSV1_ALERT_PROTOCOL_VERSION": ("speaks no TLS as new as 1.2", "update the broker"),
        "UNSUPPORTED_PROTOCOL": ("speaks no TLS as new as 1.2", "update the broker"),
    }
)


def handshake_failed(error: OSError, address: BrokerAddress) -> TlsFailed:
    """`error`: of the handshake, or of the first bytes after it, by which TLS 1.3 refuses a client."""
    where = f"broker {address.host}:{address.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        what, cure = _not_verified(error, address)
        return TlsFailed(f"{where} shows a certificate {what}", cure)
    if isinstance(error, TimeoutError):
        return TlsFailed(f"{where} does not answer in TLS", _port(address))
    reason = getattr(error, "reason", None) or ""
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError):
        return TlsFailed(f"{where} hangs up when TLS begins", _port(address))
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return TlsFailed(f"{where} does not speak TLS", _port(address))
    if reason == "SSLV3_ALERT_HANDSHAKE_FAILURE" and not address.certificate_file:
        reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"  # the same, of a broker with TLS 1.2
    words = reason.lower().replace("_", " ") or str(error)
    what, cure = _ALERTS.get(reason, (f"ends the TLS handshake: {words}", "see the broker's own log"))
    return TlsFailed(f"{where} {what}", cure)


def _port(address: BrokerAddress) -> str:
    return (
        f"is that the port for TLS? It is usually {TLS_PORT}" if address.port != TLS_PORT else "see its log"
    )


def _not_verified(error: ssl.SSLCertVerificationError, address: BrokerAddress) -> tuple[str, str]:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    if error.verify_code == _OVER:
        return (
            f"that is over on {today}",
            "renew it on the broker's machine; if that day is wrong, set the clock",
        )
    if error.verify_code == _EARLY:
        return f"that is not valid yet on {today}", "set this machine's clock, if that day is wrong"
    if error.verify_code in _OTHER_NAMES:
        name = f"{'IP' if _is_address(address.host) else 'DNS'}:{address.host}"
        cure = f"give it one with subjectAltName = {name}, or write a name of it as [broker] host"
        return f"for another name than {address.host}", cure
    if error.verify_code in _NOBODY_SIGNED:
        cure = "name the CA that signed it in [broker] ca_file, or give the broker one of this CA"
        return f"that no CA in {address.ca_file} signed", cure
    return f"that is not accepted: {error.verify_message}", "give it another one"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
