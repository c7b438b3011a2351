"""The composition root of a running city: with `pantau.replay`, the only module that names concrete classes.

`City` owns a data folder: it opens the store, runs one loop per camera in a thread, rolls the minutes up, serves the
pages, and follows the register, so that ``pantau apply`` takes effect without a restart. Everything that reads a clock or
makes a random name does it here and passes it on.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from pantau import __version__
from pantau.alert.rules import LASTING
from pantau.alert.service import AlarmService
from pantau.alert.tap import TappedSink
from pantau.checks.rounds import Rounds
from pantau.config import Settings
from pantau.errors import StoreError
from pantau.findings import Live
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.lazy import hold_of
from pantau.ingest.sources import SourceOptions, kind_of, open_source
from pantau.keeper import Keeper
from pantau.leave_file import load_leave
from pantau.measure.health import HealthAnalyser
from pantau.measure.water import WaterAnalyser
from pantau.pipeline import Parts, supervise
from pantau.places import Camera
from pantau.ports import Source
from pantau.replay import Models, analysers_of, keys_of, methods_of
from pantau.see.cuda import device_of
from pantau.see.engine import at_once
from pantau.see.tracker import TwoStageTracker
from pantau.see.turns import DEADLINE_S, WEIGHTS, Turns
from pantau.serve.app import create_app
from pantau.serve.kept.board import LiveBoard
from pantau.serve.now.availability import AvailabilityRounds
from pantau.serve.now.rounds import StandingRounds
from pantau.serve.open.publisher import TURN_S, Publisher
from pantau.serve.server import Server
from pantau.serve.services import CityFacts, Services
from pantau.shadow.follower import Follower
from pantau.shadow.idle import detector_of
from pantau.store.buckets import zone
from pantau.store.control import Control
from pantau.store.groups import members_of
from pantau.store.seal import Retention
from pantau.store.store import Store
from pantau.store.trials import Trials
from pantau.teaching import Teacher
from pantau.types import UNWATCHED, Run

ROLLUP_S = 5.0
"""Seconds between rollups, and between looks at the register."""
REMEMBER_S = ROLLUP_S
"""Between rollups a public answer stays the same."""
JOIN_S = 20.0
MANY = 100
"""Pictures that waited too long, before it is said again that the computer is too slow for its cameras."""
SEAL_HOUR = 3
"""Local hour from which the night's work is done."""
RECORDINGS = frozenset({"file", "folder"})
"""Kinds of address that are live in the demo only."""

log = structlog.get_logger(__name__)


class City:
    """A running installation. Made, started, waited on, stopped; `address` and `code` are for the person at the terminal.

    Args:
        settings: the installation's.
        home: folder of pantau.toml; relative paths in it start here.
        demo: recordings are looped as if they were live; nowhere else.
    """

    def __init__(self, settings: Settings, home: Path, *, web_root: Path | None = None, demo: bool = False) -> None:
        self.settings, self.home, self.demo = settings, home, demo
        folder, models = settings.data.store_at(home), settings.data.models_at(home)
        device = device_of(settings.see.device)  # before anything is opened: it may be refused
        timezone = settings.city.zone
        folder.mkdir(parents=True, exist_ok=True)
        self.store = Store.open(folder, timezone=timezone, clock=now, retention=Retention(**settings.keep.model_dump()))
        self._night = ""
        self._given_up = 0
        self.control = Control.open(folder, clock=now)
        self._rounds = Rounds(self.control, self.store.series, timezone)
        self.models = Models(models, settings.see.precision, device=device, patches=settings.see.patches)
        opened = partial(detector_of, folder=models, precision=settings.see.precision)
        self.shadow = Follower(Trials(folder), lambda model: partial(opened, model))
        self.turns = Turns(at_once(device))
        self.board = LiveBoard()
        self.alarms = AlarmService(
            self.control,
            self.store,
            self.board,
            folder=folder,
            timezone=timezone,
            clock=now,
            picture_days=settings.alert.picture_days,
            picture_megabytes=settings.alert.picture_megabytes,
        )
        self.teacher = Teacher(self.control, self.board, now)
        self.sink = TappedSink(self.store, self.alarms.engine)
        facts = CityFacts(
            name=settings.city.name,
            region=settings.city.region,
            timezone=timezone,
            demo=demo,
            areas=home / settings.city.areas if settings.city.areas else None,
            map_style=settings.city.map_style or None,
            licence=settings.city.licence,
            keep=Retention(**settings.keep.model_dump()),
            picture_days=settings.alert.picture_days,
            leave=load_leave(home / settings.city.leave) if settings.city.leave else {},
            potential=home / settings.city.potential if settings.city.potential else None,
            targets=settings.levels.model_dump(),
        )
        services = Services(
            city=facts,
            version=__version__,
            numbers=self.store,
            register=self.control,
            sessions=self.control,
            board=self.board,
            alarms=self.alarms,
            teacher=self.teacher,
            releases=self.control.releases,
            complaints=self.control.complaints,
            clock=now,
            load=self.turns.load,
            failing=lambda: self._keeper.failing(),  # noqa: PLW0108 -- it is made last, of what these are for
            web_root=web_root,
            metrics_token=settings.server.metrics_token,
            secret=self._release_key(),
        )
        self._publisher = Publisher(services)
        self._standings = StandingRounds(services)
        self._availability = AvailabilityRounds(services)
        self.server = Server(create_app(services, remember_s=REMEMBER_S), settings.server.host, settings.server.port)
        self._loops: dict[str, _Loop] = {}
        self._version = self.control.version()
        self._keeper = Keeper(self._jobs(), ROLLUP_S, now)

    def _release_key(self) -> bytes | None:
        """What person counts are published with; without it none are, and everything else goes on."""
        try:
            return self.control.releases.key(now())
        except StoreError as error:
            log.warning("release.key", error=str(error))
            return None

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://{self.settings.server.host}:{self.settings.server.port}"

    def start(self) -> None:
        """Serve, then watch.

        Raises:
            PantauError: the port is taken.
        """
        self.server.start()
        self._end_events()
        self.alarms.start()
        self._follow_register()
        self._keeper.start()

    def stop(self) -> None:
        """End every loop, keep what is settled, let the folder go."""
        self._keeper.stop(JOIN_S)  # first: it starts loops
        self.shadow.stop()
        for loop in self._loops.values():
            loop.stop()
        for loop in self._loops.values():
            loop.join()
        self.alarms.stop()  # after the loops: what they settled last is judged
        self.server.stop()
        self.control.close()
        self.store.close()

    def _jobs(self) -> dict[str, Callable[[], object]]:
        """What the keeper does in a turn, in order."""
        return {
            "load": self._say_load,
            "rollup": lambda: self.store.rollup(now()),
            "publish": lambda: self._publisher.turn(now(), TURN_S),
            "checks": self._check,
            "standings": lambda: self._standings.turn(now()),
            "availability": self._availability.turn,
            "shadow": lambda: self.shadow.turn(now()),
            "register": self._follow_version,
            "views": self._keep_views,
            "night": self._work_at_night,
        }

    def _say_load(self) -> None:
        if (load := self.turns.load()).given_up > self._given_up + MANY:
            log.warning("computer.full", given_up=load.given_up - self._given_up, wait_s=round(load.wait_s, 2))
            self._given_up = load.given_up

    def _check(self) -> None:
        for failed in (one for one in self._rounds.turn(now()) if one.verdict == "inconsistent"):
            log.warning("check.failed", camera=failed.camera, kind=failed.kind, place=failed.place)

    def _follow_version(self) -> None:
        if (seen := self.control.version()) != self._version:
            self._follow_register()
            self.alarms.follow()
            self._version = seen

    def _work_at_night(self) -> None:
        """Seal and forget once a day, from three o'clock on; at once where it was not running then."""
        local = now().astimezone(zone(self.settings.city.zone))
        date = local.date().isoformat()
        if date != self._night and (local.hour >= SEAL_HOUR or not self._night):
            night = self.store.night(now())
            self._night = date if local.hour >= SEAL_HOUR else "waiting"
            if night.sealed or night.forgotten:
                log.info("store.sealed", days=night.sealed, bytes=night.bytes, forgotten=night.forgotten)
            if refused := self.store.refusals():
                log.warning("store.refused", minutes=refused, reason="late data for minutes that are kept no more")

    def _follow_register(self) -> None:
        """One loop for each enabled camera; a camera that changed gets a fresh one."""
        self.store.regroup(members_of(self.control.cameras(), self.control.cordons()), now())
        wanted = {c.id: self.teacher.taught(c) for c in self.control.cameras() if c.enabled and c.source}
        for camera_id in [i for i, loop in self._loops.items() if wanted.get(i) != loop.camera]:
            self._retire(camera_id)
        for camera in wanted.values():
            if not self.demo and kind_of(camera.source) in RECORDINGS:
                reason = "recording: its hours are not now; count it with `pantau replay` and the time it was made"
                self.board.post(Live(camera.id, now(), "ended", reason=reason))
            elif camera.id not in self._loops:
                self._loops[camera.id] = _Loop(camera, self)

    def _keep_views(self) -> None:
        """On what picture each camera's places hold, and what its gauges look like when dry; what was let go is taken anew."""
        for camera_id, loop in list(self._loops.items()):
            views = self.control.views
            kept, seen = {"": views.of(loop.camera), **views.dry_of(loop.camera)}, {"": loop.view, **loop.dry}
            if any(place not in kept or not kept[place] for place in loop.registered):
                self._retire(camera_id)
                self._loops[camera_id] = _Loop(loop.camera, self)
                continue
            for place, text in seen.items():
                if text and not (kept.get(place) if not place else kept.get(place) == text):
                    views.keep(loop.camera, text, now(), place=place)
            loop.registered |= {place for place in (*kept, *seen) if kept.get(place) or seen.get(place)}

    def _retire(self, camera_id: str) -> None:
        """End a camera's loop, and the faults that it will not tell the end of."""
        loop = self._loops.pop(camera_id)
        loop.stop()
        loop.join()
        self.board.forget(camera_id)
        self.shadow.forget(camera_id)
        self._end_events(("fault",), camera_id)
        for zone_ in loop.camera.zones:
            if zone_.gauge:
                self._end_events(("unread",), zone_.id)

    def _end_events(self, kinds: tuple[str, ...] = (*LASTING, "parking"), place: str | None = None) -> None:
        """What was open when the process or a camera's loop last ended: nobody watched since, so it ends where we begin."""
        began = now()
        for kind in kinds:
            before = None
            while True:
                page = self.store.events(place, kind, end=began, before=before)
                left = [event for event in page.events if event.end is None]
                ended = {} if kind == "outage" else {"ended": UNWATCHED}
                self.store.add_events([replace(e, end=began, attributes={**e.attributes, **ended}) for e in left])
                if (before := page.before) is None:
                    break


class _Loop:
    """One camera's thread."""

    def __init__(self, camera: Camera, city: City) -> None:
        self.camera, self._city = camera, city
        self._stop = threading.Event()
        self._source: Source | None = None
        self._health: HealthAnalyser | None = None
        self._water: WaterAnalyser | None = None
        self.registered: set[str] = set()
        """Places whose views were kept at some time, by their ids; the camera itself is the empty one."""
        self._thread = threading.Thread(target=self._run, name=f"camera-{camera.id}")
        self._thread.start()

    @property
    def view(self) -> str:
        """The view on which its places hold, as its health analyser has it; empty while there is none, or a fault."""
        health = self._health
        return health.view if health and not health.faults else ""

    @property
    def dry(self) -> Mapping[str, str]:
        """What its gauges look like when dry, by the id of their zones."""
        return self._water.dry if self._water else {}

    def stop(self) -> None:
        """Ask it to end."""
        self._stop.set()
        if self._source is not None:
            self._source.close()

    def join(self) -> None:
        """Wait until it has ended and kept what was settled."""
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            log.error("camera.hangs", camera=self.camera.id, waited_s=JOIN_S)

    def _run(self) -> None:
        supervise(self.camera, self._parts, self._city.board, self._stop.wait, now)

    def _parts(self) -> Parts:
        city, camera = self._city, self.camera
        started = now()
        recording = kind_of(camera.source) in RECORDINGS
        options = SourceOptions(
            start=started if recording else None,
            pace="real",
            loop=recording,
            source_fps=camera.fps,
            credentials=city.control.credentials(camera.id),
            lazy=city.settings.see.gate,
            hold_s=hold_of(camera, city.settings.see.hold_s),
            looks_at=city.models.looks_at(camera.detector),
            clock=now,
        )
        detector = city.turns.share(city.models.detector(camera.detector), WEIGHTS[camera.priority])
        views = city.control.views
        seen = replace(camera, view=views.of(camera), dry=tuple(views.dry_of(camera).items()))
        self.registered |= {place for place, text in (("", seen.view), *seen.dry) if text}
        tracker, analysers = TwoStageTracker(), analysers_of(seen, city.settings.city.zone, city.models.embedder)
        self._health = next((one for one in analysers if isinstance(one, HealthAnalyser)), None)
        self._water = next((one for one in analysers if isinstance(one, WaterAnalyser)), None)
        self._source = open_source(camera, options)
        if self._stop.is_set():
            self._source.close()
        return Parts(
            camera=camera,
            run=Run(
                id=f"{camera.id}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
                camera=camera.id,
                kind="live",
                started=started,
                keys=keys_of(analysers),
                method=methods_of(camera, analysers, detector, tracker.method),
                cadence_s={a.family: a.needs.cadence_s for a in analysers},
            ),
            source=self._source,
            detector=detector,
            tracker=tracker,
            analysers=(*analysers, *city.shadow.witness(camera, detector.method)),
            sink=city.sink,
            board=city.board,
            redactor=city.models.redactor(camera),
            deadline_s=DEADLINE_S,
            stopping=self._stop.wait,
        )
