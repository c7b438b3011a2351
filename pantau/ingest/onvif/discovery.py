"""Who on the local network speaks ONVIF: WS-Discovery, one question to everybody and whoever answers in time.

Anybody on the network may answer anything, so an answer is only a hint: its sender's own address is shown, not one it tells.
Limits: IPv4, the network of the default route, and devices that want to be found; routers do not pass it on.
"""

from __future__ import annotations

import socket
import time
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import ParseError  # what parses is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

GROUP: Final = ("239.255.255.250", 3702)
WAIT_S: Final = 3.0
MOST: Final = 1024
"""Devices that are listed."""
PROBE: Final = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:MessageID>urn:uuid:{id}</a:MessageID>'
    "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>"
    "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A device that answered: its ``onvif://`` address, and what it calls itself and its hardware."""

    address: str
    name: str = ""
    hardware: str = ""


def discover(wait_s: float = WAIT_S, to: tuple[str, int] = GROUP) -> tuple[Found, ...]:
    """Devices that answer within `wait_s` seconds, by address; none where there is no network.

    Args:
        wait_s: how long answers are waited for.
        to: who is asked.
    """
    found: dict[str, Found] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        try:
            asking.sendto(PROBE.format(id=uuid.uuid4()).encode(), to)
        except OSError:
            return ()
        until_s = time.monotonic() + wait_s
        while (left_s := until_s - time.monotonic()) > 0 and len(found) < MOST:
            asking.settimeout(left_s)
            try:
                answer, sender = asking.recvfrom(65536)
            except OSError:  # the time is over, or a host said that nobody listens
                continue
            if (device := _device(answer, str(sender[0]))) is not None:
                found[device.address] = device
    return tuple(sorted(found.values()))


def _device(answer: bytes, host: str) -> Found | None:
    """What an answer says; nothing when it is none."""
    try:
        root = fromstring(answer, forbid_dtd=True)
        told = {str(one.tag).rpartition("}")[2]: one.text or "" for one in root.iter()}
        places = [urlsplit(one) for one in told.get("XAddrs", "").split()]
        place = next((one for one in places if one.scheme == "http"), None)
        port = place.port or 80 if place is not None else 0
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        return None
    if "ProbeMatch" not in told or place is None:
        return None
    scopes = [unquote(scope) for scope in told.get("Scopes", "").split()]
    path = place.path if place.path not in {"", "/", "/onvif/device_service"} and place.path.isprintable() else ""
    return Found(
        f"onvif://{host}{'' if port == 80 else f':{port}'}{path}", _scope(scopes, "name"), _scope(scopes, "hardware")
    )


def _scope(scopes: list[str], kind: str) -> str:
    begin = f"onvif://www.onvif.org/{kind}/"
    told = next((scope.removeprefix(begin) for scope in scopes if scope.startswith(begin)), "")
    return "".join(letter for letter in told if letter.isprintable())[:40]
