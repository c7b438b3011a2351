"""Origin and destination: how many went from each line of a camera to each other one, as a matrix and as CSV.

Each pair of lines is a stored series (`pantau.places.Flow`); the matrix is the sum of its released buckets. Hours that are not
released are left out for the public, and so are people (a trip says more of somebody than a passage) and what the data steward closed: a pair is
closed by a decision about its camera or either of its lines. `coverage` is of all pairs told, over the whole range: what nobody
watched is not a zero, it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from pantau.places import Camera, Flow
from pantau.serve.http.audience import PUBLIC, RoleOf, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.problems import ProblemError
from pantau.serve.release.policy import policy_of
from pantau.serve.schema.answer import Answer, Role, TierName
from pantau.serve.series.asking import EARLIEST, LATEST
from pantau.serve.series.download import csv_response, csv_text, moment, number, text
from pantau.serve.series.tables import hold
from pantau.serve.services import Services
from pantau.store.releases import Decision
from pantau.store.series import SeriesQuery
from pantau.vocabulary import family, indicator

router = APIRouter(prefix="/api/v1", tags=["public"])

USUAL = timedelta(days=1)
HOURS_UP_TO = timedelta(days=45)
LONGEST = timedelta(days=3700)
FlowState = Literal["released", "missing", "closed"]


class FlowLine(Answer):
    """A line that trips begin or end at."""

    id: str
    name: str


class FlowCell(Answer):
    """Trips from one line to another."""

    origin: str = Field(examples=["simpang.utara"])
    target: str = Field(examples=["simpang.timur"])
    counts: dict[str, float | None] = Field(
        description="By class; null where nothing was watched, or it is not public."
    )
    total: float | None
    state: FlowState = Field(
        description="missing: nobody watched, or nothing is released yet; closed: not for the public."
    )


class FlowsAnswer(Answer):
    """Origin and destination of a camera's trips in a range of time."""

    camera: str
    name: str
    tier: TierName
    from_: AwareDatetime = Field(serialization_alias="from", description="Start of the first bucket.")
    to: AwareDatetime = Field(description="End of the last bucket.")
    coverage: float = Field(
        description="Observed share of the released buckets in the range, of all pairs that are told."
    )
    validation: Literal["unvalidated"] = Field(
        default="unvalidated", description="Trips have not been compared with the truth."
    )
    method: str
    lines: tuple[FlowLine, ...]
    road_users: tuple[str, ...]
    cells: tuple[FlowCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsQuestion:
    """A camera and a range of time."""

    camera: Camera
    start: datetime
    end: datetime
    role: Role

    @property
    def tier(self) -> TierName:
        """Hours where they are few, else days."""
        return "hour" if self.end - self.start <= HOURS_UP_TO else "day"

    @property
    def classes(self) -> tuple[str, ...]:
        """Whose trips may be told anywhere."""
        return tuple(i.name for i in family("flow").indicators if self.role != "public" or i.publish != "closed")


def flows_question(
    services: ServicesOf,
    role: RoleOf,
    camera: Annotated[str, Query(min_length=1, max_length=70, examples=["simpang"], description="A camera's id.")],
    from_: Annotated[
        AwareDatetime | None, Query(alias="from", description="ISO 8601 with a zone; a day before `to` when not given.")
    ] = None,
    to: Annotated[AwareDatetime | None, Query(description="ISO 8601 with a zone; now when not given.")] = None,
) -> FlowsQuestion:
    """The camera and range a request asks for.

    Raises:
        ProblemError: 404 unknown camera, or one that counts no trips; 422 a range that can't be.
    """
    known = services.register.camera(camera) if "\0" not in camera else None
    if known is None or "flow" not in known.analysers:
        raise ProblemError(404, "No trips here", f"there is no camera {camera!r} that counts trips between lines")
    end = to or services.clock()
    start = from_ or end - USUAL
    if not EARLIEST <= start < end <= LATEST or end - start > LONGEST:
        raise ProblemError(422, "No such range", "expected from before to, at most ten years apart")
    return FlowsQuestion(camera=known, start=start, end=end, role=role)


Asked = Annotated[FlowsQuestion, Depends(flows_question)]


@router.get("/flows", dependencies=[PUBLIC], response_model=FlowsAnswer, summary="Trips between the lines of a camera")
def flows(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """How many crossed one line first and another last, by class; once for each road user whose way was seen.

    Null where nothing was watched. The public gets released hours, vehicles only, and no pair that the data steward closed.
    """
    body = _answer(services, asked).model_dump_json(by_alias=True).encode()
    return tagged(request, body, "application/json", "checked" if asked.role == "public" else "never")


@router.get(
    "/flows.csv",
    dependencies=[PUBLIC],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same trips as CSV",
)
def flows_as_csv(services: ServicesOf, asked: Asked) -> Response:
    """One row for each pair: origin, destination, their names, from, to, coverage, a column for each class, all of them, state."""
    found = _answer(services, asked)
    names = {line.id: line.name for line in found.lines}

    def rows() -> Iterator[list[str]]:
        for cell in found.cells:
            yield [
                text(cell.origin),
                text(cell.target),
                text(names[cell.origin]),
                text(names[cell.target]),
                moment(found.from_),
                moment(found.to),
                number(found.coverage),
                *(number(cell.counts[name]) for name in found.road_users),
                number(cell.total),
                cell.state,
            ]

    about = ("origin", "target", "origin_name", "target_name", "from", "to", "coverage")
    head = [*about, *found.road_users, "total", "state"]
    name = f"pantau_{found.camera}_flow_{found.from_:%Y%m%d}_{found.to:%Y%m%d}.csv"
    return csv_response(name, csv_text(head, rows()), "checked" if asked.role == "public" else "never")


def _answer(services: Services, asked: FlowsQuestion) -> FlowsAnswer:
    public = asked.role == "public"
    decisions = services.releases.decisions() if public else ()
    cells, seen, method = [], list[float](), ""
    first, last = asked.start, asked.end
    for flow in asked.camera.flows:
        told = [name for name in asked.classes if not public or _is_open(flow, name, decisions)]
        counts: dict[str, float | None] = dict.fromkeys(asked.classes)
        if told:
            names = tuple(f"flow.{name}" for name in told)
            query = SeriesQuery(place=flow.id, indicators=names, tier=asked.tier, start=asked.start, end=asked.end)
            series, held, ends = hold(services.numbers.series(query), services.clock(), public=public)
            first, last = series.starts[0], ends[-1]
            seen += [c for c, h in zip(series.coverage, held, strict=True) if not h]
            method = next((m for m in reversed(series.method) if m), method)
            counts |= {name: _sum(series.columns[f"flow.{name}"]) for name in told}
        total = _sum(counts.values())
        state: FlowState = "closed" if not told else "missing" if total is None else "released"
        cells.append(FlowCell(origin=flow.origin.id, target=flow.target.id, counts=counts, total=total, state=state))
    return FlowsAnswer(
        camera=asked.camera.id,
        name=asked.camera.name,
        tier=asked.tier,
        from_=first,
        to=last,
        coverage=sum(seen) / len(seen) if seen else 0.0,
        method=method,
        lines=tuple(FlowLine(id=line.id, name=line.name) for line in asked.camera.lines),
        road_users=asked.classes,
        cells=tuple(cells),
    )


def _is_open(flow: Flow, name: str, decisions: Sequence[Decision]) -> bool:
    """Whether the public may have the trips of a class from one line to the other."""
    what = indicator(f"flow.{name}")
    return all(policy_of(line, what, decisions).rule != "closed" for line in (flow.origin, flow.target))


def _sum(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None
