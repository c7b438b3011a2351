"""A small ONVIF camera for tests: real SOAP over HTTP, and it refuses whom a real one would refuse.

It speaks as the specifications' own examples do, with prefixes of its own choice, and checks the WS-Security digest with its own
clock (`ahead` says how far that is off): a *created* more than five seconds away is refused, as is a nonce that came before.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

from typing_extensions import override

WINDOW_S = 5.0
OPEN = {"GetSystemDateAndTime"}
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lollollollol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 12}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><lolz>&i;</lolz>"
)


@dataclass
class Offered:
    """A profile of the fake; without `codec` it has no encoder. `gov` is in pictures."""

    token: str
    uri: str = ""
    codec: str = "H264"
    size: tuple[int, int] = (1920, 1080)
    fps: float = 25.0
    gov: int = 50
    kbps: int = 4096
    interval: int = 1
    source: str = "VideoSource_1"
    bounds: tuple[int, int, int, int] = (0, 0, 1920, 1080)

    def media1(self) -> str:
        encoder = (
            f'<tt:VideoEncoderConfiguration token="enc"><tt:Name>e</tt:Name><tt:Encoding>{self.codec}</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{self.size[0]}</tt:Width><tt:Height>{self.size[1]}</tt:Height></tt:Resolution>"
            f"<tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>{self.fps:g}</tt:FrameRateLimit>"
            f"<tt:EncodingInterval>{self.interval}</tt:EncodingInterval><tt:BitrateLimit>{self.kbps}</tt:BitrateLimit>"
            f"</tt:RateControl><tt:H264><tt:GovLength>{self.gov}</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
            "</tt:VideoEncoderConfiguration>"
        )
        return (
            f'<trt:Profiles token="{self.token}" fixed="true"><tt:Name>{self.token} name</tt:Name>'
            f'<tt:VideoSourceConfiguration token="vsc"><tt:SourceToken>{self.source}</tt:SourceToken>'
            f"{self._bounds()}</tt:VideoSourceConfiguration>{encoder if self.codec else ''}</trt:Profiles>"
        )

    def media2(self) -> str:
        encoder = (
            f'<tr2:VideoEncoder token="enc" GovLength="{self.gov}" Profile="Main"><tt:Encoding>{self.codec}</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{self.size[0]}</tt:Width><tt:Height>{self.size[1]}</tt:Height></tt:Resolution>"
            f'<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>{self.fps / self.interval:g}</tt:FrameRateLimit>'
            f"<tt:BitrateLimit>{self.kbps}</tt:BitrateLimit></tt:RateControl></tr2:VideoEncoder>"
        )
        return (
            f'<tr2:Profiles token="{self.token}"><tr2:Name>{self.token} name</tr2:Name><tr2:Configurations>'
            f'<tr2:VideoSource token="vsc"><tt:SourceToken>{self.source}</tt:SourceToken>{self._bounds()}</tr2:VideoSource>'
            f"{encoder if self.codec else ''}</tr2:Configurations></tr2:Profiles>"
        )

    def _bounds(self) -> str:
        x, y, width, height = self.bounds
        return f'<tt:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'


@dataclass
class OnvifCamera:
    """What the fake is like, and what it was asked.

    Args:
        profiles: that it offers.
        user: (user, password) that it wants.
        media2: whether it offers that service; without `media1` it has no media service at all.
        old: it is from before GetServices.
        ahead: of its clock.
        digest: it wants HTTP digest instead of a signed envelope.
        raw: sends this instead of any answer.
        told: host that it believes to have.
    """

    profiles: list[Offered] = field(default_factory=list)
    user: tuple[str, str] | None = ("admin", "rahasia&<1>")
    media1: bool = True
    media2: bool = False
    old: bool = False
    ahead: timedelta = timedelta()
    digest: bool = False
    raw: bytes | None = None
    told: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    nonces: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"onvif://127.0.0.1:{self.port}"

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def answer(self, question: bytes, authorization: str) -> tuple[int, str]:
        """(status, body) of an answer."""
        root = ET.fromstring(question)
        body = next(one for one in root.iter() if one.tag.endswith("}Body"))[0]
        name = body.tag.rpartition("}")[2]
        self.asked.append(name)
        if name not in OPEN and self.user and not (self._by_http(authorization) if self.digest else self._signed(root)):
            self.refused += 1
            return (401, "") if self.digest else (400, _fault("ter:NotAuthorized", "Sender not authorized"))
        return self._known(name, body)

    def _known(self, name: str, body: ET.Element) -> tuple[int, str]:
        second = "ver20" in body.tag
        answers: dict[str, Callable[[], str]] = {
            "GetSystemDateAndTime": lambda: _clock(self.now()),
            "GetProfiles": lambda: self._offered(second=second),
            "GetStreamUri": lambda: self._uri(body, second=second),
        }
        if self.old and self.media1:
            answers["GetCapabilities"] = self._capabilities
        if not self.old:
            answers["GetServices"] = self._services
        if name in answers:
            return 200, answers[name]()
        return 400, _fault("ter:ActionNotSupported", "no such question")

    def _offered(self, *, second: bool) -> str:
        prefix = "tr2" if second else "trt"
        told = "".join(one.media2() if second else one.media1() for one in self.profiles)
        return f"<{prefix}:GetProfilesResponse>{told}</{prefix}:GetProfilesResponse>"

    def _uri(self, body: ET.Element, *, second: bool) -> str:
        token = next(one.text for one in body.iter() if one.tag.endswith("}ProfileToken"))
        uri = next(one.uri for one in self.profiles if one.token == token).replace("&", "&amp;")
        if second:
            return f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>"
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
        )

    def _capabilities(self) -> str:
        told = f"<tt:Media><tt:XAddr>{self._at('/onvif/Media')}</tt:XAddr></tt:Media>"
        return f"<tds:GetCapabilitiesResponse><tds:Capabilities>{told}</tds:Capabilities></tds:GetCapabilitiesResponse>"

    def _services(self) -> str:
        found = [("ver10/device", "/onvif/device_service")]
        found += [("ver10/media", "/onvif/Media")] if self.media1 else []
        found += [("ver20/media", "/onvif/Media2")] if self.media2 else []
        told = "".join(
            f"<tds:Service><tds:Namespace>http://www.onvif.org/{space}/wsdl</tds:Namespace><tds:XAddr>{self._at(path)}</tds:XAddr>"
            "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
            for space, path in found
        )
        return f"<tds:GetServicesResponse>{told}</tds:GetServicesResponse>"

    def _at(self, path: str) -> str:
        return f"http://{self.told or '127.0.0.1'}:{self.port}{path}"

    def _signed(self, root: ET.Element) -> bool:
        found = {
            one.tag.rpartition("}")[2]: one.text or ""
            for one in root.iter()
            if one.tag.endswith(("}Username", "}Password", "}Nonce", "}Created"))
        }
        if len(found) < 4 or not self.user or found["Nonce"] in self.nonces:
            return False
        self.nonces.add(found["Nonce"])
        created = datetime.fromisoformat(found["Created"])
        content = base64.b64decode(found["Nonce"]) + found["Created"].encode() + self.user[1].encode()
        right = base64.b64encode(hashlib.sha1(content).digest()).decode()
        fresh = abs((self.now() - created).total_seconds()) <= WINDOW_S
        return fresh and (found["Username"], found["Password"]) == (self.user[0], right)

    def _by_http(self, authorization: str) -> bool:
        if not authorization.startswith("Digest ") or not self.user:
            return False
        told = urllib.request.parse_keqv_list(urllib.request.parse_http_list(authorization[7:]))
        a1 = _md5(f"{self.user[0]}:cam:{self.user[1]}")
        a2 = _md5(f"POST:{told['uri']}")
        right = _md5(f"{a1}:{told['nonce']}:{told['nc']}:{told['cnonce']}:{told['qop']}:{a2}")
        return told["response"] == right


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _clock(now: datetime) -> str:
    def utc(kind: str) -> str:
        return (
            f"<tt:{kind}><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second></tt:Time>"
            f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:{kind}>"
        )

    return f"<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>{utc('UTCDateTime')}</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"


def _fault(code: str, why: str) -> str:
    return (
        f"<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>{code}</env:Value></env:Subcode></env:Code>"
        f'<env:Reason><env:Text xml:lang="en">{why}</env:Text></env:Reason></env:Fault>'
    )


def _envelope(body: str) -> str:
    spaces = {
        "env": "http://www.w3.org/2003/05/soap-envelope", "tds": "http://www.onvif.org/ver10/device/wsdl", "ter": "http://www.onvif.org/ver10/error",
        "trt": "http://www.onvif.org/ver10/media/wsdl", "tr2": "http://www.onvif.org/ver20/media/wsdl", "tt": "http://www.onvif.org/ver10/schema",
    }  # fmt: skip
    named = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in spaces.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope {named}><env:Body>{body}</env:Body></env:Envelope>'


@contextmanager
def serving(camera: OnvifCamera) -> Iterator[OnvifCamera]:
    """The camera on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            if camera.raw is not None:
                self._send(200, camera.raw)
                return
            status, body = camera.answer(question, self.headers.get("Authorization", ""))
            self._send(status, _envelope(body).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="cam"')
                self.send_header("WWW-Authenticate", 'Digest realm="cam", nonce="abc123", algorithm=MD5, qop="auth"')
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", camera.port), Handler) as server:
        server.daemon_threads = True
        camera.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield camera
        finally:  # a test that ends in an error would leave a thread that polls a closed socket, as fast as it can
            server.shutdown()
            thread.join(5)


def passwords_in(text: str) -> bool:
    """Whether the fake's password is in a text, plain or quoted."""
    return bool(re.search(r"rahasia", text))
