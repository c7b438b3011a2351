"""The taught functions of a staged city (`tests.staged_city`): a page marks, learns and forgets; a test says what is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from pantau.lessons import FEWEST
from pantau.serve.room.teach import ExampleAnswer, FunctionAnswer, FunctionsAnswer, ReportAnswer, SightAnswer
from pantau.serve.schema.answer import Problem
from pantau.serve.schema.cameras import ZoneAnswer

ROOT = "/cameras/uji/functions"
PLACE = "uji.Z-banjir"
POLYGON = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
REPORT = ReportAnswer(
    normal=14, yes=14, groups=28, answered=26, wrong=1, missed=1, false=0, abstained=2, error=0.0385,
    interval=(0.0068, 0.189), limit=0.06,
)  # fmt: skip


def zone(place: str, name: str, kind: Literal["area", "scene"]) -> ZoneAnswer:
    return ZoneAnswer(id=place, name=name, kind=kind, capacity=0, polygon=POLYGON, gauge=(), limit_cm=0.0, revision=1)


class StagedLessons:
    """What the pages see of taught functions, and what they did."""

    def __init__(self) -> None:
        self.zones: tuple[ZoneAnswer, ...] = ()
        self.functions: dict[str, FunctionAnswer] = {}
        self.seen = datetime.now(UTC).replace(microsecond=0)
        self.looked = 0

    def teach(self, normal: int, yes: int) -> None:
        """The camera has a zone with a function, and somebody marked stills."""
        self.zones = (zone("uji.Z", "Pelataran uji", "area"), zone(PLACE, "Pelataran uji: banjir", "scene"))
        marked = tuple(self.example(i, "normal" if i < normal else "yes", f"{i:064}") for i in range(normal + yes))
        self.functions = {PLACE: self.function(PLACE, "Pelataran uji: banjir", marked)}

    def function(self, place: str, name: str, examples: tuple[ExampleAnswer, ...] = ()) -> FunctionAnswer:
        return FunctionAnswer(
            id=place, name=name, revision=1, examples=examples, learned=None, by="", in_force=0, fewest=FEWEST,
            report=None, fault="", sight=self.sight(),
        )  # fmt: skip

    def example(self, number: int, label: Literal["normal", "yes"], picture: str) -> ExampleAnswer:
        at = self.seen - timedelta(hours=number)
        return ExampleAnswer(
            picture=picture, label=label, time=at, marked=at, by="room", model="uji", thumbnail=number != 1
        )

    def sight(self, answer: Literal["yes", "no", "abstain", "untaught"] = "untaught", **change: object) -> SightAnswer:
        """The newest look; each has another picture."""
        self.looked += 1
        return SightAnswer(
            time=self.seen, answer=answer, chance=0.5, distance=0.0, limit=0.06, picture=f"f{self.looked:063}", fault=""
        ).model_copy(update=change)

    def see(self, answer: Literal["yes", "no", "abstain"], **change: object) -> None:
        """The function, which has learned, answers."""
        known = self.functions[PLACE]
        self.functions[PLACE] = known.model_copy(
            update={"sight": self.sight(answer, **change), "report": REPORT, "learned": self.seen, "by": "room",
                    "in_force": len(known.examples)}
        )  # fmt: skip

    def taught(self) -> FunctionsAnswer:
        return FunctionsAnswer(functions=tuple(self.functions.values()))

    def lesson_post(self, path: str, claim: dict[str, Any]) -> tuple[int, BaseModel]:
        """What the page asks to be done."""
        if path == ROOT:
            made = self.function(f"{claim['zone']}-{claim['name']}", f"Pelataran uji: {claim['name']}")
            self.functions[made.id] = made
            return 201, made
        place = path.split("/")[4]
        known = self.functions[place]
        if path.endswith("/lesson"):
            self.functions[place] = known.model_copy(
                update={"report": REPORT, "learned": self.seen, "by": "room", "in_force": len(known.examples)}
            )
            return 200, REPORT
        assert known.sight is not None
        mine = [one for one in known.examples if one.picture == known.sight.picture]
        if mine and mine[0].label != claim["label"]:
            detail = (
                f"the still ({mine[0].picture[:8]}) is already marked normal at {place!r}; take that mark away first"
            )
            return 409, Problem(type="about:blank", title="Not marked", status=409, detail=detail)
        kept = self.example(0, claim["label"], known.sight.picture)
        self.functions[place] = known.model_copy(update={"examples": (*known.examples, kept)})
        return 201, kept

    def lesson_delete(self, path: str) -> None:
        _, _, _, _, place, _, picture = path.split("/")
        known = self.functions[place]
        self.functions[place] = known.model_copy(
            update={"examples": tuple(one for one in known.examples if one.picture != picture)}
        )
