"""``pantau label``: a page in which a person counts a clip, served on loopback until the counting is done."""

from __future__ import annotations

import shlex
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pantau.camera_file import load_one_camera
from pantau.commands.city import web_root
from pantau.commands.clips import parse_time
from pantau.commands.show import progress_on
from pantau.errors import ConfigError
from pantau.ingest.reel import open_reel
from pantau.ingest.sources import local_path, probe
from pantau.label.desk import Desk
from pantau.label.door import Door
from pantau.label.server import Room, create_app
from pantau.label.sheet import Sheet
from pantau.label.sheet_file import About, SheetFile, clip_print
from pantau.serve.server import Server

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOptions:
    """What the command line said."""

    clip: str
    camera: Path
    out: Path
    start: str
    fps: float | None
    source_fps: float | None
    port: int


def run_label(options: LabelOptions) -> None:
    """Serve the page until Ctrl-C or its *Selesai*, then say what was counted.

    Raises:
        PantauError: an option, the clip or the camera file is not what it must be, or the file is not ours.
    """
    if options.fps is not None and not 0 < options.fps <= 60:
        raise ConfigError(f"--fps: expected more than 0 and at most 60, got {options.fps}")
    camera = load_one_camera(options.camera)
    if not camera.lines:
        raise ConfigError(f"{options.camera}: expected at least one [[camera.line]] to count on, got none")
    about = probe(options.clip, source_fps=options.source_fps)
    path = local_path(options.clip)
    start = parse_time(options.start).isoformat() if options.start else ""
    file = SheetFile(
        options.out,
        About(
            clip=path.name,
            clip_print=clip_print(path),
            camera=camera,
            size=(about.width, about.height),
            fps=about.fps,
            start=start,
        ),
    )
    desk = Desk(open_reel(options.clip, source_fps=options.source_fps), about, file, options.fps)
    say, stop = Console(stderr=True, soft_wrap=True), threading.Event()
    with _until_stopped(stop):
        _serve(desk, options, say, stop)
    _report(desk.sheet, options, say)


def _serve(desk: Desk, options: LabelOptions, say: Console, stop: threading.Event) -> None:
    where: list[str] = []

    def again(token: str) -> None:
        say.print(f"to open it once more: {where[0]}/?token={token}", markup=False, highlight=False)

    door = Door(again)
    room = Room(desk, door, web_root(), stop.set, next_command(options))
    server = Server(create_app(room), HOST, options.port, on_stop=lambda: None)
    with progress_on(say) as progress:
        advance = progress.clip(desk.file.about.clip, desk.end_s, "reading")
        reader = threading.Thread(target=desk.look_through, args=(stop, advance), name="slit-scan", daemon=True)
        server.start()
        try:
            where.append(server.address)
            say.print(f"count at {server.address}/?token={door.token}", markup=False, highlight=False)
            say.print(f"every count is saved in {options.out} at once; Ctrl-C or Selesai ends", markup=False)
            reader.start()
            while not stop.wait(1.0):
                pass
        finally:
            stop.set()
            server.stop()
            reader.join(10.0)
            desk.close()


def next_command(options: LabelOptions) -> str:
    """The evaluation of what was counted, ready to be pasted."""
    words = ["pantau", "evaluate", options.clip, "--camera", str(options.camera), "--truth", str(options.out)]
    if options.source_fps is not None:
        words += ["--source-fps", f"{options.source_fps:g}"]
    return shlex.join([*words, "--report", "report.html"])


def _report(sheet: Sheet, options: LabelOptions, say: Console) -> None:
    if not sheet.crossings and not sheet.stretches:
        say.print("nothing was counted; nothing was written")
        return
    n = Counter(crossing.line for crossing in sheet.crossings)
    for line in sheet.lines:
        stretch = sheet.stretches.get(line)
        looked = f"labelled from {stretch[0]:.1f} to {stretch[1]:.1f} s" if stretch else "not labelled"
        say.print(f"{line}: {n[line]} crossings, {looked}", markup=False, highlight=False)
    say.print(f"kept in {options.out}; now compare:\n  {next_command(options)}", markup=False, highlight=False)


@contextmanager
def _until_stopped(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop` within the block; nothing is lost, because every count is saved already."""
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
