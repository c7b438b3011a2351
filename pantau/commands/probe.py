"""``pantau probe``: what a camera offers, which of it Pantau takes and why; without an address, who is there at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pantau.config import Settings, checked_address, public_address, split_credentials
from pantau.errors import ConfigError
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.fault import FaultError, error_of
from pantau.ingest.lazy import hold_of
from pantau.ingest.onvif.choice import Verdict, Wanted
from pantau.ingest.onvif.discovery import Found, discover
from pantau.ingest.onvif.stream import Offer, ask
from pantau.ingest.sources import kind_of, probe
from pantau.places import Camera
from pantau.replay import Models
from pantau.store.control import Control

CLOCK_S = 5.0
"""A camera's clock further off than this is said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask: an address without credentials, these, and what is measured there."""

    address: str
    credentials: tuple[str, str] | None
    wanted: Wanted


def by_address(text: str) -> Asked:
    """A camera that need not be in a register.

    Raises:
        ConfigError: its password can't be told apart; it is not repeated.
    """
    try:
        address, credentials = split_credentials(checked_address(text))
    except ValueError as error:
        raise ConfigError(f"the address: {error}") from None
    return Asked(address, credentials, Wanted())


def by_id(camera_id: str, settings: Settings, home: Path) -> Asked:
    """A camera of the register, with its sealed credentials and what is drawn on its picture.

    Raises:
        ConfigError: there is none.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras = {one.id: one for one in control.cameras()}
        if camera_id not in cameras:
            known = ", ".join(cameras) or "none"
            raise ConfigError(f"no camera is called {camera_id!r}; known: {known}; or give an address: onvif://host")
        credentials = control.credentials(camera_id)
    finally:
        control.close()
    camera: Camera = cameras[camera_id]
    pixels = Models(settings.data.models_at(home)).looks_at(camera.detector)
    hold_s = hold_of(camera, settings.see.hold_s) if settings.see.gate else 0.0
    return Asked(camera.source, credentials, Wanted(pixels=pixels, fps=camera.fps, hold_s=hold_s, camera=camera))


def told(asked: Asked) -> Iterator[str]:
    """What there is to say of a camera, a line each.

    Raises:
        SourceError: it can't be asked or read; the message begins with the fault's code.
    """
    if kind_of(asked.address) != "onvif":
        found = probe(asked.address, credentials=asked.credentials)
        yield f"{public_address(asked.address)}: {found.codec}, {found.width}x{found.height}, {found.fps:.3g} pictures a second"
        return
    offer = offered(asked)
    yield from table(offer.verdicts)
    yield f"stream: {public_address(offer.stream)}"
    if offer.told != (host := urlsplit(offer.stream).hostname):
        yield f"note: the camera calls itself {offer.told[:100]!r}; {host} is used, because it answered there"
    if abs(offer.ahead_s) > CLOCK_S:
        yield f"note: the camera's clock is {offer.ahead_s:+.0f} s off this computer's; give it an NTP server"


def offered(asked: Asked) -> Offer:
    """What an ONVIF camera offers.

    Raises:
        SourceError: as `told`.
    """
    try:
        return ask(asked.address, asked.credentials, asked.wanted, now)
    except FaultError as error:
        raise error_of(error.fault, public_address(asked.address)) from None


def as_json(offer: Offer) -> dict[str, object]:
    """An offer as an object; the stream's address without its query, which may hold a secret."""
    profiles = [asdict(v.profile) | {"enough": v.enough, "taken": v.taken, "why": v.why} for v in offer.verdicts]
    return {"stream": public_address(offer.stream), "clock_ahead_s": round(offer.ahead_s, 1), "profiles": profiles}


def table(verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    """A row for each profile, the taken one marked."""
    rows = [("", "profile", "codec", "size", "fps", "GOP s", "kb/s", "why")]
    for verdict in verdicts:
        one = verdict.profile
        rows.append(
            (
                "*" if verdict.taken else "",
                one.name,
                one.codec or "-",
                f"{one.width}x{one.height}" if one.width else "-",
                f"{one.fps:.3g}" if one.fps else "-",
                f"{one.gop_s:.1f}" if one.gop_s else "-",
                f"{one.kbps}" if one.kbps else "-",
                f"taken: {verdict.why}" if verdict.taken else verdict.why,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])


def neighbours() -> Iterator[str]:
    """Who answers on the local network."""
    found = discover()
    for device in found:
        yield device_line(device)
    yield f"{len(found)} devices answered by WS-Discovery" + (
        "; ask one: pantau probe ADDRESS --user NAME" if found else ""
    )


def device_line(device: Found) -> str:
    """A device in words."""
    return "  ".join(part for part in (device.address, device.name, device.hardware) if part)
