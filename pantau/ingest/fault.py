"""Why a camera is away, in one code and some words, and how long to leave it alone.

FFmpeg's own messages hold the address with the password in it, so they never leave this module: a fault is told by the
kind of the error only. A reason is ``code: words``; the codes are the keys of `FAULTS`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import av

from pantau.errors import AuthError, SourceError


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a connection ended or was never made.

    Args:
        code: one word that programs can compare.
        text: what happened and what to do, in words.
        patient: trying again soon can't help, and may do harm (cameras lock accounts after some wrong passwords).
    """

    code: str
    text: str
    patient: bool = False

    @property
    def reason(self) -> str:
        """``code: text``."""
        return f"{self.code}: {self.text}"


class FaultError(Exception):
    """A fault on its way to who says it: a source makes a gap of it, a command an error."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def error_of(fault: Fault, name: str) -> SourceError:
    """The fault of the source called `name`, to be raised; its message begins with the fault's code."""
    kind = AuthError if fault.code == "auth" else SourceError
    return kind(f"{fault.reason} ({name})")


FAULTS: Final = MappingProxyType(
    {
        fault.code: fault
        for fault in (
            Fault("auth", "the camera refused the user name or password; give it others", patient=True),
            Fault("not-found", "the camera answers but has no stream at this path; check the path"),
            Fault("refused", "the camera answers, but refuses to send the stream"),
            Fault("unreachable", "nobody answers at this address; check the network, the power and the address"),
            Fault("timeout", "the camera is there but has sent nothing for some seconds"),
            Fault("no-video", "the camera sends no video stream; check its profile", patient=True),
            Fault(
                "no-onvif",
                "something answers there, but not by ONVIF; check the address, and switch ONVIF on at the camera",
            ),
            Fault(
                "no-media",
                "the camera speaks ONVIF but offers no media service; give its rtsp:// address instead",
                patient=True,
            ),
            Fault(
                "no-profile",
                "the camera offers no profile with video that was asked for; set one up on its own page",
                patient=True,
            ),
            Fault(
                "no-pictures",
                "what the camera sends can't be decoded as video: another codec, no key frame or damaged; check its profile and the network",
            ),
            Fault(
                "stamps",
                "the camera sends pictures whose time stamps stand still; until it is lost again, the time of arrival holds",
            ),
            Fault("ended", "the stream stopped"),
            Fault("clock", "this computer's clock was set back; waiting until it has caught up"),
        )
    }
)

CODES: Final[tuple[tuple[type[av.error.FFmpegError], str], ...]] = (
    (av.error.HTTPUnauthorizedError, "auth"),
    (av.error.HTTPForbiddenError, "auth"),
    (av.error.HTTPNotFoundError, "not-found"),
    (av.error.HTTPClientError, "refused"),
    (av.error.HTTPServerError, "refused"),
    (av.error.TimeoutError, "timeout"),
    (av.error.ExitError, "timeout"),
    (av.error.EOFError, "ended"),
    (av.error.InvalidDataError, "no-pictures"),
    (av.error.LookupError, "no-pictures"),
)
"""First match holds; every other error of FFmpeg is one of the network."""


def fault_of(error: av.error.FFmpegError, waited_s: float, timeout_s: float, *, connected: bool) -> Fault:
    """What an error of FFmpeg means.

    Args:
        error: as PyAV raised it; its text is not used.
        waited_s: seconds since the connection was begun, or since its newest packet.
        timeout_s: the limit set for an answer. FFmpeg reports an answer that never came as invalid data.
        connected: whether the stream had been opened.
    """
    code = next((code for kind, code in CODES if isinstance(error, kind)), "ended" if connected else "unreachable")
    if code == "no-pictures" and waited_s >= 0.9 * timeout_s:
        code = "timeout"
    if isinstance(error, av.error.TimeoutError) and not connected:
        code = "unreachable"  # not even the TCP connection was answered
    return FAULTS[code]


class Backoff:
    """How long to wait before the next attempt: doubling, capped, with jitter so that cameras don't come back as one.

    Args:
        rng: where the jitter comes from.
    """

    FIRST_S: Final = 0.25
    CAP_S: Final = 4.0
    PATIENT_FIRST_S: Final = 15.0
    PATIENT_CAP_S: Final = 60.0

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.reset()

    def reset(self) -> None:
        """The stream was fine for a while; begin with short waits again."""
        self._quick_s, self._patient_s = self.FIRST_S, self.PATIENT_FIRST_S

    def next_s(self, *, patient: bool) -> float:
        """Seconds to wait now: between half and all of a pause that doubles up to its cap."""
        if patient:
            pause_s, self._patient_s = self._patient_s, min(2 * self._patient_s, self.PATIENT_CAP_S)
        else:
            pause_s, self._quick_s = self._quick_s, min(2 * self._quick_s, self.CAP_S)
        return pause_s * self._rng.uniform(0.5, 1.0)
