"""A camera to try things with: serves H.264 clips over RTSP in an endless loop, at the pace they were recorded.

    /usr/bin/python3 pantau/demo/rtsp_server.py --port 8554 plaza=plaza.mp4 gate=gate.mp4
    → rtsp://127.0.0.1:8554/plaza, rtsp://127.0.0.1:8554/gate

Run by the *system's* Python with Debian's python3-gi, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-{base,good,bad};
it stands alone and imports nothing of Pantau. The access units of a clip are read once into memory and pushed through
`appsrc` with timestamps that only ever rise: an element that loops the file itself (``multifilesrc loop=true``) breaks
them at the seam. Viewers of one mount share one stream, as they do at a camera; it begins with the first of them.

Prints ``ready`` when it listens; ends on SIGTERM, SIGINT or, with ``--with-parent``, when its stdin closes.
The file ``tone:`` is a mount that has sound only. Limits: loopback only, no B-frames (`pantau.ingest.encode` makes such
clips), no TLS.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402  # needs the versions above

CAPS = "video/x-h264,stream-format=byte-stream,alignment=au"
PAY = "h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 aggregate-mode=zero-latency"
TONE = "( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay0 pt=8 )"
ROLE = "viewer"


@dataclass(frozen=True)
class Clip:
    """The access units of a clip, their times in seconds from the first, which are key frames, and the length of one round."""

    units: list[bytes]
    times: list[float]
    keys: list[int]
    length_s: float
    fps: float

    def from_share(self, share: float) -> int:
        """Number of the key frame nearest to this share of a round."""
        return min(self.keys, key=lambda number: abs(self.times[number] - share * self.length_s))


@cache
def read_clip(path: Path, pause_s: float) -> Clip:
    """Read the access units of an MP4 or raw H.264 file; `pause_s` of silence end each round."""
    demux = "" if path.suffix.lower() in {".h264", ".264"} else "qtdemux ! "
    pipeline = Gst.parse_launch(
        f"filesrc name=in ! {demux}h264parse config-interval=-1 ! {CAPS} ! appsink name=out sync=false"
    )
    pipeline.get_by_name("in").set_property("location", str(path))
    out: GstApp.AppSink = pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    units: list[bytes] = []
    stamps: list[int] = []
    keys: list[int] = []
    fps = 25.0
    while (sample := out.try_pull_sample(10 * Gst.SECOND)) is not None:
        buffer = sample.get_buffer()
        known, numerator, denominator = sample.get_caps().get_structure(0).get_fraction("framerate")
        fps = numerator / denominator if known and numerator else fps
        if not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT):
            keys.append(len(units))
        units.append(buffer.extract_dup(0, buffer.get_size()))
        stamps.append(buffer.pts)
    pipeline.set_state(Gst.State.NULL)
    if not units:
        sys.exit(f"{path}: expected an H.264 clip, found no picture in it")
    times = [(stamp - stamps[0]) / Gst.SECOND for stamp in stamps]
    if Gst.CLOCK_TIME_NONE in stamps or any(b <= a for a, b in pairwise(times)):
        times = [number / fps for number in range(len(units))]
    return Clip(units, times, keys or [0], times[-1] + 1 / fps + pause_s, fps)


def clip_factory(clip: Clip, share: float = 0.0) -> GstRtspServer.RTSPMediaFactory:
    """One mount: a stream that begins with its first viewer, at this share of the clip, and goes round until the last one leaves."""

    def configure(_factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
        playing = Playing(clip, media.get_element().get_by_name_recurse_up("clip"), clip.from_share(share))
        media.connect("unprepared", lambda _media: playing.stop())

    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( appsrc name=clip is-live=true format=time caps={CAPS} ! {PAY} )")
    factory.set_shared(True)  # GStreamer's own signature
    factory.connect("media-configure", configure)
    return factory


class Playing:
    """Pushes the access units of a clip when they are due, round after round."""

    def __init__(self, clip: Clip, source: GstApp.AppSrc, first: int) -> None:
        self.clip = clip
        self.source = source
        self.number = first
        self.began = time.monotonic() - clip.times[first]
        self.ahead_s = clip.times[first]
        self.timer = GLib.timeout_add(max(5, int(250 / clip.fps)), self._push)  # not before the pipeline plays

    def stop(self) -> None:
        """Push no more."""
        if self.timer:
            GLib.source_remove(self.timer)
            self.timer = 0

    def _push(self) -> bool:
        """Push what is due, and come again when the next one is."""
        self.timer = 0
        while True:
            rounds, place = divmod(self.number, len(self.clip.units))
            due_s = rounds * self.clip.length_s + self.clip.times[place]
            early_s = due_s - (time.monotonic() - self.began)
            if early_s > 0:
                self.timer = GLib.timeout_add(max(1, round(early_s * 1000)), self._push)
                return False
            buffer = Gst.Buffer.new_wrapped(self.clip.units[place])
            buffer.pts = buffer.dts = int((due_s - self.ahead_s) * Gst.SECOND)
            buffer.duration = int(Gst.SECOND / self.clip.fps)
            if self.source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return False
            self.number += 1


def guard(server: GstRtspServer.RTSPServer, user: str, password: str, *, digest: bool) -> None:
    """Let in only who knows user and password."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    if digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def permitted(factory: GstRtspServer.RTSPMediaFactory) -> None:
    """Say that the role of `guard` may see and play this mount."""
    permissions = GstRtspServer.RTSPPermissions()
    for what in (GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT):
        permissions.add_permission_for_role(ROLE, what, True)  # noqa: FBT003  # GStreamer's own signature
    factory.set_permissions(permissions)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Serve H.264 clips over RTSP on this computer, in an endless loop.")
    parser.add_argument("mounts", nargs="+", metavar="NAME=FILE", help="path of the mount and its clip, or tone:")
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument(
        "--user", metavar="USER:PASSWORD", help="let in only who knows these (for tests: visible to ps)"
    )
    parser.add_argument(
        "--pause", type=float, default=0.0, metavar="S", help="silence between rounds, so that tracks end"
    )
    parser.add_argument(
        "--spread",
        action="store_true",
        help="mounts begin at other places of their clips, so that they don't move at once",
    )
    parser.add_argument("--digest", action="store_true", help="ask for them by digest instead of basic")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    options = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    if options.user:
        user, _, password = options.user.partition(":")
        guard(server, user, password, digest=options.digest)
    for number, mount in enumerate(options.mounts):
        name, _, path = mount.partition("=")
        if path == "tone:":
            factory = GstRtspServer.RTSPMediaFactory()
            factory.set_launch(TONE)
            factory.set_shared(True)  # GStreamer's own signature
        else:
            factory = clip_factory(
                read_clip(Path(path), options.pause), number / len(options.mounts) if options.spread else 0.0
            )
        if options.user:
            permitted(factory)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if not server.attach(None):
        sys.exit(f"port {options.port} of 127.0.0.1 is taken; choose another with --port")
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    if options.with_parent:
        GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP, lambda *_: loop.quit())
    print("ready", flush=True)  # noqa: T201  # a program of its own
    loop.run()


if __name__ == "__main__":
    main()
