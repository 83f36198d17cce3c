"""The certificates between a node and its broker: until when they are valid, and who may read the key."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from edge.doctor.finding import Finding, bad, ok, warn
from mqtt_bridge.settings import BrokerAddress

CERTIFICATE: Final = "证书 certificate"
DAY_S: Final = 86_400.0
SOON_S: Final = 30 * DAY_S
"""So long before its end somebody should renew it."""
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _UTC_TIME = 0xA0, 0x17  # tags of DER


class Span(NamedTuple):
    """Unix seconds from and until which a certificate is valid."""

    begins_s: float
    ends_s: float


def look_at_files(address: BrokerAddress) -> Iterator[Finding]:
    """Those on this node's disk. What cannot be read is told by whoever connects with it."""
    for setting, cure in (
        ("ca_file", "let the CA sign itself anew with the same key, and copy that to each node and broker"),
        ("certificate_file", "have a new one signed and put it there: the next connection takes it"),
    ):
        path = getattr(address, setting)
        if path and (span := _span_of_file(Path(path))):
            yield judge_span(f"{setting} {path}", span, time.time(), cure)
    if address.key_file:
        yield from _look_at_key(Path(address.key_file))


def look_at_shown(certificate: bytes) -> Finding:
    """The broker's own, as DER."""
    cure = "renew it on the broker's machine, then there: systemctl reload mosquitto"
    return judge_span("the broker's", span_of(certificate), time.time(), cure)


def judge_span(what: str, span: Span, now_s: float, cure: str) -> Finding:
    """Whether it is valid now, and still for a while."""
    if now_s < span.begins_s:
        text = f"{what} is valid from {_day(span.begins_s)} on, and the clock here says {_day(now_s)}"
        return bad(CERTIFICATE, text, f"set the clock if that is wrong; else {cure}")
    if now_s >= span.ends_s:
        text = f"{what} is over since {_day(span.ends_s)}, and the clock here says {_day(now_s)}"
        return bad(CERTIFICATE, text, f"{cure}; or set the clock")
    if span.ends_s - now_s < SOON_S:
        days = int((span.ends_s - now_s) / DAY_S)
        return warn(CERTIFICATE, f"{what} is valid until {_day(span.ends_s)}: {days} days more", cure)
    return ok(CERTIFICATE, f"{what} is valid until {_day(span.ends_s)}")


def span_of(der: bytes) -> Span:
    """When a certificate is valid. Raises ValueError where it is none (RFC 5280, 4.1)."""
    try:
        ((_, certificate),) = _inside(der)
        signed = [content for tag, content in _inside(next(_inside(certificate))[1]) if tag != _VERSION]
        begins, ends = (_seconds(tag, text.decode("ascii")) for tag, text in _inside(signed[3]))
    except (IndexError, StopIteration) as error:
        raise ValueError("no certificate") from error
    return Span(begins, ends)


def _inside(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each part."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length > 0x7F:
            more = length & 0x7F
            length, at = int.from_bytes(der[at : at + more], "big"), at + more
        if at + length > len(der):
            raise ValueError("cut off")
        yield tag, der[at : at + length]
        at += length


def _seconds(tag: int, text: str) -> float:
    """Of a UTCTime, whose years begin with 1950, or a GeneralizedTime."""
    if tag == _UTC_TIME:
        text = f"{'19' if text >= '5' else '20'}{text}"
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _span_of_file(path: Path) -> Span | None:
    """When all certificates of a file are valid; None where one cannot be read."""
    try:
        spans = [span_of(base64.b64decode(one)) for one in _PEM.findall(path.read_bytes())]
    except (OSError, ValueError):
        return None
    return Span(max(one.begins_s for one in spans), min(one.ends_s for one in spans)) if spans else None


def _look_at_key(path: Path) -> Iterator[Finding]:
    if not os.access(path, os.R_OK, effective_ids=True):
        return
    if path.stat().st_mode & 0o077:
        cure = f"sudo chown hall: {path} && sudo chmod 600 {path}"
        yield warn(CERTIFICATE, f"key_file {path} is open to others than its user", cure)
    else:
        yield ok(CERTIFICATE, f"key_file {path} is open to its user alone")


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
