"""What a camera says of itself over ONVIF: its clock, its services, its video profiles and where their streams are.

Media2 is asked where it is offered (H.265 is told there only), else, and when it fails, Media. Numbers and names that a camera
tells are taken for what they may be: a number out of its range is 0, which stands for *not told*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element  # a type; what parses is defusedxml
from xml.sax.saxutils import escape

from pantau.errors import SourceError
from pantau.ingest.fault import FAULTS, FaultError
from pantau.ingest.onvif.soap import Conversation

SERVICE: Final = "/onvif/device_service"
DEVICE, MEDIA, MEDIA2 = (f"http://www.onvif.org/{name}/wsdl" for name in ("ver10/device", "ver10/media", "ver20/media"))
SCHEMA: Final = "http://www.onvif.org/ver10/schema"
CODECS: Final = {"H264": "H.264", "H265": "H.265", "JPEG": "JPEG", "MPEG4": "MPEG-4", "MPV4-ES": "MPEG-4"}
MOST: Final = 512
"""Profiles that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoProfile:
    """One stream that a camera offers.

    Args:
        token: its name among programs.
        name: its name among people.
        codec: empty where it has no encoder.
        width, height: pixels.
        fps: pictures a second, at most.
        gop_s: seconds from key frame to key frame; 0: not told.
        kbps: kilobits a second, at most; 0: not told.
        source: token of what looks: a camera's sensor, a recorder's channel.
        section: the part of that sensor which is shown, as the camera tells it.
    """

    token: str
    name: str
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    gop_s: float = 0.0
    kbps: int = 0
    source: str = ""
    section: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class OnvifAddress:
    """``onvif://host:port/path?source=TOKEN&profile=TOKEN``, taken apart; all but the host may be left out."""

    host: str
    port: int
    path: str
    source: str = ""
    profile: str = ""

    @classmethod
    def parse(cls, address: str) -> OnvifAddress:
        """Take an address apart.

        Raises:
            SourceError: it has no host, credentials in it, or asks for what there is not; it is not repeated.
        """
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.scheme.lower() != "onvif" or not parts.hostname or "@" in parts.netloc:
            raise SourceError("expected an address like onvif://192.168.1.10, its user and password apart")
        if unknown := sorted(set(asked) - {"source", "profile"}):
            raise SourceError(f"an onvif:// address may ask for ?source= and ?profile=, got {unknown[0]!r}")
        path = parts.path if parts.path not in {"", "/"} else SERVICE
        return cls(parts.hostname, parts.port or 80, path, asked.get("source", ""), asked.get("profile", ""))

    @property
    def netloc(self) -> str:
        """``host:port``, an IPv6 host in brackets."""
        return f"{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


@dataclass(eq=False)
class Device:
    """One camera, asked over one conversation.

    Args:
        talk: the conversation.
        path: of its device service.
    """

    talk: Conversation
    path: str = SERVICE
    _media: dict[str, str] = field(default_factory=dict)  # namespace → path
    _namespace: str = MEDIA

    def meet(self) -> None:
        """Take its clock for what is signed, and find its media services.

        Raises:
            FaultError: it can't be asked, or has none.
        """
        self._set_clock()
        try:
            services = self.talk.ask(
                self.path, f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
            )
            found = {_text(one, "Namespace"): _text(one, "XAddr") for one in services.iter("Service")}
        except FaultError as error:
            if error.fault.code != "refused":
                raise
            found = {MEDIA: self._media_of_old()}
        self._media = {space: _path(found[space]) for space in (MEDIA2, MEDIA) if found.get(space)}
        if not self._media:
            raise FaultError(FAULTS["no-media"])

    def profiles(self) -> tuple[VideoProfile, ...]:
        """What it offers, in its own order.

        Raises:
            FaultError: as `meet`, which comes first.
        """
        fault = FAULTS["no-media"]
        for namespace in self._media:
            self._namespace = namespace
            inner = "<Type>VideoSource</Type><Type>VideoEncoder</Type>" if namespace == MEDIA2 else ""
            try:
                told = self._ask_media(f'<GetProfiles xmlns="{namespace}">{inner}</GetProfiles>')
            except FaultError as error:
                if error.fault.code == "auth":
                    raise
                fault = error.fault
                continue
            return tuple(_profile(one) for one in list(told.iter("Profiles"))[:MOST])
        raise FaultError(fault)

    def stream_address(self, token: str) -> str:
        """Where it says the stream of a profile is; not to be believed.

        Raises:
            FaultError: as `meet`.
        """
        named = f"<ProfileToken>{escape(token)}</ProfileToken>"
        setup = (
            f'<StreamSetup><Stream xmlns="{SCHEMA}">RTP-Unicast</Stream>'
            f'<Transport xmlns="{SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        )
        inner = f"<Protocol>RTSP</Protocol>{named}" if self._namespace == MEDIA2 else f"{setup}{named}"
        told = self._ask_media(f'<GetStreamUri xmlns="{self._namespace}">{inner}</GetStreamUri>')
        return next((one.text.strip() for one in told.iter("Uri") if one.text), "")

    def _ask_media(self, question: str) -> Element:
        return self.talk.ask(self._media[self._namespace], question)

    def _set_clock(self) -> None:
        """A camera that does not tell its time is signed to by ours."""
        try:
            told = self.talk.ask(self.path, f'<GetSystemDateAndTime xmlns="{DEVICE}"/>', signed=False)
        except FaultError as error:
            if error.fault.code not in {"auth", "refused"}:
                raise
            return
        utc = told.find(".//UTCDateTime")
        names = ("Date/Year", "Date/Month", "Date/Day", "Time/Hour", "Time/Minute", "Time/Second")
        if utc is None:
            return
        try:
            year, month, day, hour, minute, second = (int(utc.findtext(name, "")) for name in names)
            theirs = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except (ValueError, OverflowError):
            return
        if not 1970 <= theirs.year < 2200:  # never set, or set by nobody
            return
        self.talk.ahead = theirs - self.talk.clock()

    def _media_of_old(self) -> str:
        """Where Media is, of a camera from before GetServices."""
        told = self.talk.ask(
            self.path, f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>'
        )
        media = told.find(".//Media")
        return "" if media is None else _text(media, "XAddr")


def _profile(told: Element) -> VideoProfile:
    """A ``Profiles`` element of either service."""
    looks = _first(told, "VideoSourceConfiguration", "Configurations/VideoSource")
    coded = _first(told, "VideoEncoderConfiguration", "Configurations/VideoEncoder")
    bounds = looks.find("Bounds") if looks is not None else None
    section = (
        (0, 0, 0, 0) if bounds is None else tuple(int(_number(bounds.get(n))) for n in ("x", "y", "width", "height"))
    )
    token = told.get("token", "")
    shared = {
        "token": token,
        "name": _shown(_text(told, "Name") or token),
        "source": "" if looks is None else _text(looks, "SourceToken"),
        "section": section,
    }
    if coded is None:
        return VideoProfile(**shared)  # type: ignore[arg-type]  # as they are named
    fps = _number(coded.findtext("RateControl/FrameRateLimit")) / max(
        1.0, _number(coded.findtext("RateControl/EncodingInterval"))
    )
    group = _number(coded.get("GovLength") or next((one.text for one in coded.iter("GovLength")), None))
    encoding = _text(coded, "Encoding").upper()
    return VideoProfile(
        **shared,  # type: ignore[arg-type]  # as they are named
        codec=CODECS.get(encoding, _shown(encoding)),
        width=int(_number(coded.findtext("Resolution/Width"))),
        height=int(_number(coded.findtext("Resolution/Height"))),
        fps=fps,
        gop_s=group / fps if fps else 0.0,
        kbps=int(_number(coded.findtext("RateControl/BitrateLimit"))),
    )


def _first(told: Element, *paths: str) -> Element | None:
    return next((found for path in paths if (found := told.find(path)) is not None), None)


def _text(told: Element, name: str) -> str:
    return (told.findtext(name) or "").strip()


def _number(text: str | None) -> float:
    """What may be a size, a rate or a length; 0 for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return 0.0
    return number if math.isfinite(number) and 0 < number < 1e6 else 0.0


def _shown(text: str) -> str:
    """A camera's own word as it may stand in a log or a terminal."""
    return "".join(letter for letter in text if letter.isprintable())[:40]


def _path(address: str) -> str:
    """The path of a service; its host is the one that we asked, whatever the camera thinks it is."""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not path.startswith("/") or not path.isascii() or any(letter <= " " for letter in path):
        raise FaultError(FAULTS["no-onvif"])
    return path
