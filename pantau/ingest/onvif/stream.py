"""From ``onvif://`` to ``rtsp://``: the camera is asked anew at each connection, because cameras change addresses and profiles.

**Whose address holds.** A camera behind NAT tells an address that only it can reach, and a camera that somebody took over may
tell any. So of what it answers only the port, the path and the query are used; the host is always the configured one, which has
just answered. The user and password are sent nowhere else, and those that stand in its answer are thrown away. What this
gives up: recorders whose streams come from other hosts than their own have to be named by their rtsp:// addresses.

A camera whose ONVIF does not answer at a reconnect may still stream: what it said last is tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import structlog

from pantau.ingest.decode import Clock, wall_clock
from pantau.ingest.fault import FAULTS, FaultError
from pantau.ingest.onvif.choice import Verdict, Wanted, choose
from pantau.ingest.onvif.device import Device, OnvifAddress, VideoProfile, bracketed
from pantau.ingest.onvif.soap import Conversation

STREAMS: Final = frozenset({"rtsp", "rtsps"})
LONGEST: Final = 2000
"""Letters of an address."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a camera offers now.

    Args:
        verdicts: on every profile.
        stream: the address of the one that is taken, without credentials.
        told: the host that the camera named itself; another than ours behind NAT.
        ahead_s: how far its clock is ahead of ours.
    """

    verdicts: tuple[Verdict, ...]
    stream: str
    told: str
    ahead_s: float

    @property
    def taken(self) -> Verdict:
        """The profile that is taken."""
        return next(one for one in self.verdicts if one.taken)


def ask(address: str, credentials: tuple[str, str] | None, wanted: Wanted, clock: Clock = wall_clock) -> Offer:
    """Ask a camera for its profiles and for the stream of the one that is enough.

    Raises:
        SourceError: the address is none.
        FaultError: the camera gives no stream; the fault says why.
    """
    parsed = OnvifAddress.parse(address)
    device = Device(Conversation(f"http://{parsed.netloc}", credentials, clock=clock), parsed.path)
    device.meet()
    asked = replace(wanted, source=parsed.source, profile=parsed.profile)
    verdicts = choose(device.profiles(), asked)
    taken = next(one for one in verdicts if one.taken)
    told = device.stream_address(taken.profile.token)
    return Offer(verdicts, reachable(told, parsed.host), _host(told), device.talk.ahead.total_seconds())


def reachable(told: str, host: str) -> str:
    """The stream address that a camera tells, at the host where it was asked, without user and password.

    Raises:
        FaultError: it is no address of a stream.
    """
    try:
        parts = urlsplit(told)
        port = parts.port
    except ValueError:
        raise FaultError(FAULTS["no-profile"]) from None
    plain = told.isascii() and len(told) <= LONGEST and not any(letter <= " " for letter in told)
    if parts.scheme.lower() not in STREAMS or not plain:
        raise FaultError(replace(FAULTS["no-profile"], text="the camera tells no rtsp:// address for the profile"))
    netloc = bracketed(host) + (f":{port}" if port else "")
    return urlunsplit((parts.scheme.lower(), netloc, parts.path, parts.query, ""))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@dataclass(eq=False)
class OnvifStream:
    """Where one camera's stream is now; called before each connection.

    Args:
        address: ``onvif://…`` without credentials.
        camera: id of the camera, for the log.
        credentials: (user, password).
        wanted: what its measuring needs.
        clock: UTC now.
    """

    address: str
    camera: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    wanted: Wanted = field(default_factory=Wanted)
    clock: Clock = wall_clock
    _last: str = ""
    _taken: VideoProfile | None = None

    def __call__(self) -> str:
        """The stream's address.

        Raises:
            FaultError: the camera gives none, and never did.
        """
        try:
            offer = ask(self.address, self.credentials, self.wanted, self.clock)
        except FaultError as error:
            if error.fault.patient or not self._last:
                raise
            log.warning("onvif.silent", camera=self.camera, reason=error.fault.reason, tried="what it said last")
            return self._last
        self._tell(offer)
        self._last, self._taken = offer.stream, offer.taken.profile
        return self._last

    def _tell(self, offer: Offer) -> None:
        """Say what is taken, when that is new."""
        one = offer.taken.profile
        if one == self._taken and offer.stream == self._last:
            return
        log.info(
            "onvif.profile",
            camera=self.camera,
            profile=one.name,
            codec=one.codec,
            size=f"{one.width}x{one.height}",
            fps=round(one.fps, 2),
            gop_s=round(one.gop_s, 1),
            why=offer.taken.why,
            of=len(offer.verdicts),
        )
        if offer.told != OnvifAddress.parse(self.address).host:
            log.info("onvif.other_host", camera=self.camera, told=offer.told[:100], used="the configured one")
