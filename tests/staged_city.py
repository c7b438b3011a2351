"""A city that is made up and does as a test says, and answers the questions of the pages (`tests.staged_server` serves both).

The answers are made from the API's own models, so that a page can't be tested against an answer the server never gives.
Live events go out when a test posts them; `cut` breaks every stream and refuses new ones, as a lost server would.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import cv2
import numpy as np
from pydantic import BaseModel, TypeAdapter

from pantau import vocabulary
from pantau.serve.levels import Measured, level_answer
from pantau.serve.release.rule import State
from pantau.serve.schema import alarms as alarm_schema
from pantau.serve.schema import answer as answer_schema
from pantau.serve.schema import cameras as camera_schema
from pantau.serve.schema import checks as check_schema
from pantau.serve.schema import live as live_schema
from pantau.serve.schema import portal as schema
from tests.staged_alarms import StagedAlarms, sent, words
from tests.staged_complaints import ACCOUNTABLE, DESK, StagedComplaints
from tests.staged_complaints import ROOT as COMPLAINTS
from tests.staged_lessons import ROOT as FUNCTIONS
from tests.staged_lessons import StagedLessons
from tests.staged_now import MOVED, areas, city_now, groups
from tests.staged_rhythm import rhythm

CODE: Final = "aBcD-1234"
HOUR: Final = timedelta(hours=1)


def indicator(family: str, name: str, label: str) -> schema.IndicatorAnswer:
    return schema.IndicatorAnswer(
        id=f"{family}.{name}",
        name=name,
        unit="{passage}" if name == "person" else "{vehicle}",
        over_time="sum",
        over_places="cordon",
        places=("line", "site"),
        road_user=name,
        label=words(label),
        definition=words("Dibuat untuk uji."),
        source="uji",
        since="0.1.0",
    )


FAMILIES: Final = schema.IndicatorsAnswer(
    families=(
        schema.FamilyAnswer(
            name="visitors",
            label=words("Pengunjung"),
            indicators=(indicator("visitors", "person", "Orang lewat"),),
        ),
        schema.FamilyAnswer(
            name="traffic",
            label=words("Lalu lintas"),
            indicators=(indicator("traffic", "car", "Mobil"), indicator("traffic", "bus", "Bus")),
        ),
    )
)

WORST_FIRST: Final = ("expired", "unvalidated", "validated")
COUNTED: Final = tuple(one.id for family in FAMILIES.families for one in family.indicators)


def jpeg() -> bytes:
    """A grey picture."""
    _, data = cv2.imencode(".jpg", np.full((72, 96, 3), 90, np.uint8))
    return data.tobytes()


def levels(fresh_s: float | None) -> camera_schema.LevelsAnswer:
    """The vocabulary's: just short of the minutes that are aimed for, as fresh as a test says, and no alarm yet."""
    seen = {"availability": (0.9499, 2880), "freshness": (fresh_s, 36000 if fresh_s else 0), "alarm_latency": (None, 0)}
    return camera_schema.LevelsAnswer(
        levels=tuple(level_answer(one, Measured(*seen[one.id])) for one in vocabulary.levels().values())
    )


class StagedCity(StagedAlarms, StagedComplaints, StagedLessons):
    """What the pages see; a test changes it while they look."""

    def __init__(self, now: datetime) -> None:
        StagedAlarms.__init__(self)
        StagedComplaints.__init__(self, now)
        StagedLessons.__init__(self)
        self.now = now
        self.role: answer_schema.Role = "admin"
        self.status: camera_schema.CameraStatus = "live"
        self.reason = ""
        self.count = 0
        self.away = False
        self.asked: list[str] = []
        self.crossings: tuple[live_schema.LiveCrossing, ...] = ()
        self.compared: dict[str, schema.ValidationAnswer] = {}
        self.checks: tuple[check_schema.CheckAnswer, ...] = ()
        self.doubted = False
        self.water: tuple[live_schema.LiveWater, ...] = ()
        self.calm = False
        self.fresh_s: float | None = 1.42
        self.begun = True
        self.border = True
        self.closed = False

    # --- what a test does ---------------------------------------------------------------------------------------------

    def cross(self) -> None:
        """Somebody crosses the line forward, now."""
        self.count += 1
        crossing = live_schema.LiveCrossing(
            line="uji.A", direction="forward", road_user="person", time=datetime.now(UTC)
        )
        self.crossings = (*self.crossings, crossing)[-20:]
        self.post()

    def post(self) -> None:
        """Send the camera's present state to everybody who listens."""
        text = sent("live", self.live())
        with self.lock:
            for stream in self.streams:
                stream.put(text)

    def compare(
        self,
        name: str = "visitors.person",
        status: Literal["unvalidated", "validated", "expired"] = "validated",
        *,
        accuracy: float = 0.9524,
        n: int = 84,
        needed: int = 30,
        flagged: bool = False,
    ) -> None:
        """Somebody compared a class at the line with what people saw."""
        self.compared[name] = schema.ValidationAnswer(
            indicator=name,
            direction="both",
            status=status,
            accuracy=accuracy,
            interval=(round(accuracy - 0.08, 4), min(1.0, round(accuracy + 0.06, 4))),
            net_error=0.0238,
            n=n,
            needed=needed,
            date=datetime(2026, 11, 23, 3, tzinfo=UTC),
            flagged=flagged,
            scope="line",
            lines=("A",),
            method="uji",
            source="uji.csv 0f3a",
        )

    def doubt(self) -> None:
        """A self-check of the line failed, today."""
        start = self.now - timedelta(hours=12)
        self.doubted = True
        self.checks = (
            check_schema.CheckAnswer(
                kind="stream",
                name=answer_schema.Words(id="Garis bertetangga", en="Neighbouring lines"),
                place="uji.A",
                other="uji.B",
                family="visitors",
                direction="forward",
                from_=start,
                to=self.now,
                expected=1000.0,
                found=800.0,
                tolerance=142.0,
                n=1000,
                verdict="inconsistent",
                reason="",
                sentence=answer_schema.Words(
                    id="Gerbang uji: 800, sedangkan B: 1.000: tidak cocok.", en="800 and 1,000."
                ),
                time=self.now,
            ),
        )

    def cut(self) -> None:
        """Break every stream and refuse new ones."""
        self.away = True
        with self.lock:
            for stream in self.streams:
                stream.put(None)

    def restore(self) -> None:
        """Answer again."""
        self.away = False

    # --- what the pages are told --------------------------------------------------------------------------------------

    def live(self) -> live_schema.LiveEvent:
        counts = (live_schema.LiveCount(line="uji.A", direction="forward", road_user="person", n=self.count),)
        now = datetime.now(UTC)
        return live_schema.LiveEvent(
            camera="uji",
            time=now,
            status=self.status,
            reason=self.reason,
            size=(96, 72),
            boxes=((0.4, 0.4, 0.5, 0.8, "person"),),
            counts=counts,
            inside=(),
            slots=(),
            litter=(),
            water=self.water,
            crossings=self.crossings,
            fps_asked=5.0,
            fps_got=4.9,
            step_ms=20.0,
            stages_ms={"detect": 18.0, "track": 0.4, "measure": 1.6},
            dropped={"late": 2},
            picture=f"/api/v1/cameras/uji/picture?t={now.timestamp()}",
        )

    def validations(
        self, names: Sequence[str], way: answer_schema.Way = "both", place: str = "uji.A"
    ) -> tuple[schema.ValidationAnswer, ...]:
        """What is known of each class; without a comparison, that nobody made one."""
        none = {
            name: schema.ValidationAnswer(indicator=name, direction=way, status="unvalidated", needed=30)
            for name in names
        }
        found = none | self.compared if place == "uji.A" else none
        return tuple(found[name].model_copy(update={"direction": way}) for name in names)

    def camera(self) -> camera_schema.CameraAnswer:
        line = camera_schema.LineAnswer(
            id="uji.A",
            name="Gerbang uji",
            start=(0.3, 0.8),
            end=(0.3, 0.2),
            forward_name="masuk",
            backward_name="keluar",
            revision=1,
            validations=self.validations(COUNTED),
        )
        told = self.live().model_dump(include={"time", "fps_asked", "fps_got", "step_ms", "stages_ms", "dropped"})
        return camera_schema.CameraAnswer(
            id="uji",
            name="Kamera uji",
            lon=110.4,
            lat=-7.0,
            area="",
            status=self.status,
            reason=self.reason,
            detector="uji",
            attribution="",
            picture=True,
            lines=(line,),
            zones=self.zones,
            slots=(),
            **told,
        )

    def places(self) -> tuple[schema.PlaceAnswer, ...]:
        first = self.now - timedelta(days=400)
        own = schema.PlaceAnswer(
            id="uji.A",
            name="Gerbang uji",
            kind="line",
            camera="uji",
            families=("visitors", "traffic"),
            forward_name="masuk",
            backward_name="keluar",
            lon=110.4,
            lat=-7.0,
            timezone="Asia/Jakarta",
            source="",
            licence="",
            revision=1,
            first=first,
            last=self.now,
            validations=self.validations(COUNTED),
        )
        site = own.model_copy(
            update={
                "id": "impor.1",
                "name": "Jalan impor",
                "kind": "site",
                "camera": None,
                "families": ("visitors",),
                "timezone": "Pacific/Auckland",
                "source": "Sumber uji",
                "licence": "CC BY 4.0",
                "last": self.now - timedelta(days=200),
                "validations": self.validations(COUNTED, place="impor.1"),
            }
        )
        return own, site

    def series(self, query: dict[str, list[str]]) -> schema.SeriesAnswer:
        """100 in every bucket; the camera was away in the fourth and fifth before now."""
        tier = TypeAdapter(answer_schema.TierName).validate_python(query["tier"][0])
        way = TypeAdapter(answer_schema.Way).validate_python(query["direction"][0])
        width = {"minute": timedelta(minutes=1), "hour": HOUR, "day": 24 * HOUR}[tier]
        begin, end = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
        starts = [begin + i * width for i in range(int((end - begin) / width))]
        n = len(starts)
        gone = {i for i, start in enumerate(starts) if self.now - 5 * width <= start < self.now - 3 * width}
        seen = [None if self.closed or i in gone or start > self.now else 100.0 for i, start in enumerate(starts)]
        labels = {one.id: one for family in FAMILIES.families for one in family.indicators}
        told: State = "closed"
        columns = tuple(
            schema.Column(
                indicator=name,
                unit=labels[name].unit,
                over_time="sum",
                label=labels[name].label,
                values=tuple(seen),
                states=(told,) * n if self.closed else (),
            )
            for name in query["indicator"]
        )
        validations = self.validations(query["indicator"], way, query["place"][0])
        said = {one.status for one in validations}
        gaps = [schema.GapSpan(from_=starts[i], to=starts[i] + width, kind="outage", reason="") for i in sorted(gone)]
        return schema.SeriesAnswer(
            place=query["place"][0],
            tier=tier,
            direction=way,
            timezone="Asia/Jakarta",
            from_=begin,
            to=end,
            t=tuple(starts),
            coverage=tuple(0.0 if value is None else 0.97 for value in seen),
            provisional=(False,) * n,
            held=(False,) * n,
            columns=columns,
            breaks=tuple(
                schema.Break(t=at, method="cordon 0f3a", revision=1)
                for at in starts
                if query["place"] == ["city"] and at <= self.now - MOVED < at + width
            ),
            gaps=tuple(gaps),
            source="Sumber uji",
            licence="CC BY 4.0",
            validation=next((status for status in WORST_FIRST if status in said), "unvalidated"),
            validations=validations,
            night=tuple(None if value is None else float(self.doubted) for value in seen),
            rain=tuple(None if value is None else 0.4 * self.doubted for value in seen),
            doubts=(schema.DoubtSpan(from_=begin, to=end, sentence=words("Dibuat untuk uji.")),)
            if self.doubted and query["place"] == ["uji.A"]
            else (),
        )

    def answer(self, path: str, query: dict[str, list[str]]) -> BaseModel | None:
        """The answer to a question, or nothing where there is none."""
        release = schema.Release(bin_s=900, delay_s=900)
        city = schema.CityAnswer(
            name="Kota Uji",
            region="33.74",
            timezone="Asia/Jakarta",
            version="0.1.0",
            now=datetime.now(UTC),
            demo=True,
            map=schema.MapSettings(style=None),
            release=release,
        )
        if path == "/series":
            return self.series(query)
        if path == "/alarms":
            return self.alarm_page(query)
        if (found := rhythm(path, query, self.now, closed=self.closed)) is not None:
            return found
        answers: dict[str, BaseModel] = {
            "/city": city,
            "/session": schema.SessionAnswer(role=self.role),
            "/areas": areas(),
            "/now": city_now(self.now, calm=self.calm, begun=self.begun),
            "/indicators": FAMILIES,
            "/groups": groups(self.now, border=self.border),
            "/places": schema.PlacesAnswer(places=self.places()),
            **{f"/places/{one.id}": one for one in self.places()},
            "/cameras": camera_schema.CamerasAnswer(cameras=(self.camera(),)),
            "/cameras/uji": self.camera(),
            "/levels": levels(self.fresh_s),
            "/rules": alarm_schema.RulesAnswer(rules=()),
            DESK: self.complaints_listed(),
            f"{COMPLAINTS}/answered": self.complaints_answered(),
            FUNCTIONS: self.taught(),
            "/cameras/uji/checks": check_schema.ChecksAnswer(checks=self.checks),
        }
        return answers.get(path) or (self.accountable()[path] if path in ACCOUNTABLE else None)
