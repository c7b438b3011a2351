"""``pantau run`` and ``pantau demo``: a city until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.resources import files
from pathlib import Path

import tomli_w
from rich.console import Console
from rich.panel import Panel

from pantau.app import City
from pantau.commands.show import progress_on
from pantau.commands.teach import Eyes, examples_of
from pantau.config import Settings, load_settings, split_credentials
from pantau.demo.city import RTSP_NAME, TAUGHT, cameras, enclose, prepare, publish, seed, warn
from pantau.demo.rtsp import rtsp_server, server_python
from pantau.errors import PantauError
from pantau.ingest.decode import wall_clock
from pantau.process import keep_what_is_made

WAKE_S = 1.0
LESSON_BY = "pantau demo (komposit)"
"""Who marked the demo's examples: nobody, they are made."""
RTSP_PORT_ABOVE = 1
"""The demo's RTSP server listens on the port above the pages'."""


def run_city(settings: Settings, home: Path) -> None:
    """Watch and serve until asked to stop.

    Raises:
        PantauError: the data folder is owned by another process, the port is taken, a setting is wrong.
    """
    console, asked = Console(stderr=True), _stop_asked()
    city = City(settings, home, web_root=web_root())
    with _running(city):
        watched = sum(camera.enabled and bool(camera.source) for camera in city.control.cameras())
        _greet(console, city, [f"{watched} kamera dipantau · {watched} cameras are watched"])
        _wait_for(asked)


def run_demo(folder: Path, extra: tuple[str, ...], *, port: int, rtsp: bool) -> None:
    """Prepare the sample city, watch and serve it until asked to stop.

    Raises:
        PantauError: footage or models can't be had, the folder is in use, the port is taken.
    """
    console = Console(stderr=True)
    settings_file = folder / "pantau.toml"
    folder.mkdir(parents=True, exist_ok=True)
    table = {
        "city": {"name": "Kota Contoh", "region": "33.74", "areas": "areas.geojson", "potential": "potensi.toml"},
        "server": {"port": port},
        "data": {"folder": ".", "models": "models"},
    }
    settings_file.write_text("# Written by `pantau demo` at each start.\n" + tomli_w.dumps(table), "utf-8")
    settings = load_settings(settings_file)
    notes: list[str] = []
    with progress_on(console) as progress:
        footage = prepare(folder, settings.data.models_at(folder), progress.fetch)
        if footage.cars is None:
            notes.append(
                "Hanya orang: klip mobil atau modelnya tidak terjangkau · People only: the car clip or its model is out of reach."
            )
            notes.append("Tambahkan klip · Add a clip: make demo ARGS='--video FILE'")
        city = City(settings, folder.resolve(), web_root=web_root(), demo=True)
        with_rtsp = rtsp and bool(server_python())
        if rtsp and not with_rtsp:
            notes.append("Tanpa RTSP: GStreamer tidak terpasang · No RTSP camera: GStreamer's server is not installed.")
        progress.fetch("history 2019-2025 (Auckland, CC BY 4.0)", 0, None)
        if refused := seed(city.store, city.control, footage, wall_clock):
            console.print(f"[dim]history: {refused}[/]")
        city.models.load("centernet")
    asked = _stop_asked()
    server = rtsp_server({RTSP_NAME: footage.people_h264}, port + RTSP_PORT_ABOVE) if with_rtsp else nullcontext("")
    with server as address:
        credentials = {
            f"tambahan-{n}": found for n, source in enumerate(extra, start=1) if (found := split_credentials(source)[1])
        }
        city.control.apply(cameras(footage, address, extra), credentials, whole=True)
        if footage.lesson and not city.control.examples.lessons([TAUGHT]):
            notes += _taught(city, footage.lesson)
        enclose(city.control)
        warn(city.control)
        publish(city.control, wall_clock)
        with _running(city):
            _greet(console, city, notes)
            _wait_for(asked)


def _taught(city: City, stills: Path) -> list[str]:
    """Teach the staged camera's function; what went wrong, in words."""
    camera = next(one for one in city.control.cameras() if one.id == TAUGHT.split(".")[0])
    zone = next(one for one in camera.zones if one.id == TAUGHT)
    try:
        eyes = Eyes(camera, city.models.detector(camera.detector), city.models.embedder(), by=LESSON_BY)
        city.teacher.keep(examples_of(stills, zone, eyes, wall_clock()))
        city.teacher.learn(zone, LESSON_BY)
    except PantauError as error:
        return [f"Fungsi asap tidak diajarkan · The smoke function is not taught: {error}"]
    return []


def web_root() -> Path | None:
    """The built pages: beside the source in a checkout, inside the package in a wheel."""
    for found in (Path(str(files("pantau"))).parent / "web" / "dist", Path(str(files("pantau"))) / "web"):
        if (found / "index.html").is_file():
            return found
    return None


@contextmanager
def _running(city: City) -> Iterator[None]:
    try:
        keep_what_is_made()
        city.start()
        yield
    finally:
        city.stop()


def _stop_asked() -> threading.Event:
    """Set by Ctrl-C or SIGTERM from now on; called before anything starts, so that none is lost."""
    asked = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked.set())
    return asked


def _wait_for(asked: threading.Event) -> None:
    while not asked.wait(WAKE_S):  # a wait without limit sleeps through a signal that another thread was given
        pass


def _greet(console: Console, city: City, notes: list[str]) -> None:
    code = city.control.new_code()
    lines = [
        f"[bold]{city.address}[/]          portal untuk warga · the citizens' portal",
        f"[bold]{city.address}/room[/]     ruang kendali, langsung · the room, live",
        f"Kode masuk sekali pakai · one-time code: [bold]{code}[/]",
        *notes,
        "Ctrl-C berhenti · stops",
    ]
    console.print(Panel("\n".join(lines), title=f"Pantau · {city.settings.city.name}", expand=False))
