"""Which reader fits a camera's address: a literal dict, and entry points of the group ``pantau.source``.

The kind of an address is its scheme (``rtsp``, ``rtsps``, ``http``, ``https``, ``onvif``, ``file``), or, without one, ``folder`` or
``file`` by what lies there. Third parties name their entry point by the scheme they read; it is called as an `Opener`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote, urlsplit

from pantau.config import public_address
from pantau.errors import SourceError
from pantau.ingest.clip import Clip, Footage, Pace
from pantau.ingest.decode import Clock, Probe, Sleep, wall_clock
from pantau.ingest.fault import FaultError, error_of
from pantau.ingest.file import VideoFile, probe_file
from pantau.ingest.folder import PictureFolder, probe_folder
from pantau.ingest.lazy import LONG_S
from pantau.ingest.onvif.choice import Wanted
from pantau.ingest.onvif.device import OnvifAddress
from pantau.ingest.onvif.stream import OnvifStream, ask
from pantau.ingest.reader import probe_camera
from pantau.ingest.rtsp import SCHEMES, RtspSource
from pantau.places import Camera
from pantau.ports import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """How to read a source; what a kind of source has no use for is ignored.

    Args:
        start: UTC of capture of a clip's first picture; clips are refused without it.
        pace: ``fast`` or ``real``, for clips.
        loop: play clips again and again.
        source_fps: pictures per second of a folder of pictures; folders are refused without it.
        credentials: (user, password) of a camera on the network.
        lazy: decode only what moves (`pantau.ingest.lazy`); pictures in folders are all looked at.
        hold_s: seconds of pictures that may be slept through before they are known to be quiet.
        looks_at: pixels of a picture that the detector looks at; a camera that offers several profiles is asked for enough.
        clock: UTC now.
        sleep: waits some seconds; the default wakes when the source is closed.
        rng: jitter of the reconnects.
    """

    start: datetime | None = None
    pace: Pace = "fast"
    loop: bool = False
    source_fps: float | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    lazy: bool = False
    hold_s: float = LONG_S
    looks_at: int = 200_000
    clock: Clock = wall_clock
    sleep: Sleep | None = None
    rng: random.Random = field(default_factory=random.Random)


Opener = Callable[[Camera, SourceOptions], Source]


def _open_file(camera: Camera, options: SourceOptions) -> Source:
    path = local_path(camera.source)
    return _clip(camera, VideoFile(path, lazy=options.lazy, hold_s=options.hold_s, masks=camera.masks), options)


def _open_folder(camera: Camera, options: SourceOptions) -> Source:
    return _clip(camera, PictureFolder(local_path(camera.source), rate_of(camera.source, options.source_fps)), options)


def _clip(camera: Camera, footage: Footage, options: SourceOptions) -> Clip:
    if options.start is None:
        raise SourceError(
            f"camera {camera.id}: {footage.name} is a recording; say when it begins (--start 2026-01-31T07:00:00Z)"
        )
    return Clip(
        footage,
        camera=camera.id,
        cadence_s=1 / camera.fps,
        start=options.start,
        pace=options.pace,
        loop=options.loop,
        clock=options.clock,
        sleep=options.sleep,
    )


def _open_onvif(camera: Camera, options: SourceOptions) -> Source:
    try:
        OnvifAddress.parse(camera.source)
    except SourceError as error:
        raise SourceError(f"camera {camera.id}: {error}") from None
    hold_s = options.hold_s if options.lazy else 0.0
    wanted = Wanted(pixels=options.looks_at, fps=camera.fps, hold_s=hold_s, camera=camera)
    return _network(camera, options, OnvifStream(camera.source, camera.id, options.credentials, wanted, options.clock))


def _open_network(camera: Camera, options: SourceOptions) -> Source:
    return _network(camera, options, None)


def _network(camera: Camera, options: SourceOptions, locate: Callable[[], str] | None) -> Source:
    return RtspSource(
        camera.source,
        camera=camera.id,
        cadence_s=1 / camera.fps,
        credentials=options.credentials,
        locate=locate,
        lazy=options.lazy,
        hold_s=options.hold_s,
        masks=camera.masks,
        priority=camera.priority,
        clock=options.clock,
        sleep=options.sleep,
        rng=options.rng,
    )


OPENERS: Final[Mapping[str, Opener]] = MappingProxyType(
    {
        "file": _open_file,
        "folder": _open_folder,
        "rtsp": _open_network,
        "rtsps": _open_network,
        "http": _open_network,
        "https": _open_network,
        "onvif": _open_onvif,
    }
)
"""Built-in readers by kind of address."""


def open_source(camera: Camera, options: SourceOptions) -> Source:
    """The source that reads `camera`; nothing is opened before its samples are asked for.

    Raises:
        SourceError: no reader is known for the address, or the options lack what its kind needs.
    """
    kind = kind_of(camera.source)
    opener = OPENERS.get(kind) or _plugin(kind)
    if opener is None:
        known = ", ".join(sorted(OPENERS))
        raise SourceError(f"camera {camera.id}: no reader for addresses of kind {kind!r}; known are {known}")
    return opener(camera, options)


def probe(address: str, *, source_fps: float | None = None, credentials: tuple[str, str] | None = None) -> Probe:
    """What a file, folder or camera says about itself; for `doctor`. A camera is connected to, once.

    Raises:
        SourceError: it can't be read, or has no pictures; for cameras the message begins with the fault's code.
        AuthError: the camera refused the credentials.
    """
    kind = kind_of(address)
    if kind == "onvif":
        address = _located(address, credentials)
    if kind in {"onvif", *SCHEMES}:
        return probe_camera(address, credentials)
    if kind == "file":
        return probe_file(local_path(address))
    if kind == "folder":
        return probe_folder(local_path(address), rate_of(address, source_fps))
    raise SourceError(f"no way to probe addresses of kind {kind!r}")


def _located(address: str, credentials: tuple[str, str] | None) -> str:
    try:
        return ask(address, credentials, Wanted()).stream
    except FaultError as error:
        raise error_of(error.fault, public_address(address)) from None


def kind_of(address: str) -> str:
    """``rtsp``, ``http``, …, ``folder`` or ``file``."""
    scheme, colon, _ = address.partition("://")
    if colon and scheme.lower() != "file":
        return scheme.lower()
    return "folder" if local_path(address).is_dir() else "file"


def local_path(address: str) -> Path:
    """The path that a plain path or a ``file://`` address names."""
    if address.lower().startswith("file://"):
        return Path(unquote(urlsplit(address).path))
    return Path(address).expanduser()


def rate_of(address: str, source_fps: float | None) -> float:
    """The rate of a folder of pictures.

    Raises:
        SourceError: it was not said, or is none.
    """
    if source_fps is None:
        raise SourceError(f"{address} is a folder of pictures; say how many were taken a second (--source-fps 10)")
    if not 0 < source_fps < float("inf"):
        raise SourceError(f"{address}: expected more than 0 pictures a second (--source-fps), got {source_fps}")
    return source_fps


def _plugin(kind: str) -> Opener | None:
    for point in entry_points(group="pantau.source", name=kind):
        opener: Opener = point.load()
        return opener
    return None
