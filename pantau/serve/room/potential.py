"""What counts could be worth, for the signed-in: ranges with their assumptions, labelled *potensi* in the answer itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from pantau.errors import ConfigError
from pantau.potential.estimate import Estimate
from pantau.potential.gather import Stretch, potential
from pantau.potential.plan import Assumption, load_plan
from pantau.serve.http.audience import ROOM, ServicesOf
from pantau.serve.http.caching import RULES
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Answer, Words
from pantau.serve.series.asking import EARLIEST, LATEST
from pantau.serve.series.download import csv_response, csv_text, number, text

USUAL_DAYS = 30
MOST_DAYS = 366
UNSEEN = "assumed: the part of the days that was not watched was no busier than the rest"
NAME = Words(id="Potensi, bukan tagihan", en="Potential, not a demand")

FirstDay = Annotated[
    date | None, Query(alias="from", description="First local day; 30 days up to the last when left out.")
]
LastDay = Annotated[date | None, Query(description="Last local day, included; yesterday when left out.")]

router = APIRouter(prefix="/api/v1", tags=["room"])


class TariffAnswer(Answer):
    """What one costs, and by which law."""

    amount: float
    currency: str = Field(description="ISO 4217.", examples=["IDR"])
    per: str
    legal: str
    since: date
    until: date | None


class AssumptionAnswer(Answer):
    """A factor between two numbers, according to somebody."""

    what: str
    low: float
    high: float
    source: str


class RegisteredAnswer(Answer):
    """How many vehicles are registered, and which share of them vehicles in use are."""

    n: int
    source: str
    year: int
    share: tuple[float, float] | None


class EstimateAnswer(Answer):
    """One entry of the plan."""

    id: str
    kind: Literal["parking", "retribution", "vehicle_tax"]
    name: str
    places: tuple[str, ...] = Field(description="What it is counted at; or the one group over whose declared border.")
    indicator: str
    direction: Literal["both", "forward", "backward"]
    worth: tuple[float, float] | None = Field(
        description="In the currency; of the days used, or of a year for vehicle tax."
    )
    reason: str = Field(description="Why there is no figure.")
    events: tuple[float, float] | None = Field(
        description="Events by coverage and error; vehicles in use for vehicle tax."
    )
    counted: float
    days: int
    days_left_out: int = Field(description="Days not over, hardly watched, or without the tariff.")
    coverage: float
    trust: Literal["validated", "assumed", "unknown"] = Field(description="Where the error of the counts comes from.")
    accuracy: str
    tariff: TariffAnswer
    assumptions: tuple[AssumptionAnswer, ...]
    registered: RegisteredAnswer | None


class PotentialAnswer(Answer):
    """Every entry of the plan over one stretch of days."""

    name: Words = NAME
    first: date
    last: date = Field(description="Included.")
    configured: bool = Field(description="Whether the installation has a plan.")
    entries: tuple[EstimateAnswer, ...]


@router.get("/potential", dependencies=[ROOM], summary="What counts could be worth, as ranges")
def potential_revenue(
    services: ServicesOf,
    response: Response,
    from_: FirstDay = None,
    to: LastDay = None,
) -> PotentialAnswer:
    """Parking, retribution and vehicle tax by the installation's plan, of whole local days; the last 30 when none is asked for."""
    response.headers["Cache-Control"] = RULES["never"]
    stretch = _days(services, from_, to)
    found = tuple(_estimates(services, stretch))
    return PotentialAnswer(
        first=stretch.first,
        last=stretch.last,
        configured=services.city.potential is not None,
        entries=tuple(map(_answer, found)),
    )


@router.get(
    "/potential.csv",
    dependencies=[ROOM],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same as CSV",
)
def potential_as_csv(services: ServicesOf, from_: FirstDay = None, to: LastDay = None) -> Response:
    """A row for each entry; the label stands in each row, so that a copied row keeps it."""
    stretch = _days(services, from_, to)
    head = [
        "label", "id", "kind", "name", "low", "high", "currency", "events_low", "events_high", "counted", "days", "days_left_out",
        "coverage", "trust", "accuracy", "legal", "assumptions", "reason", "unseen",
    ]  # fmt: skip

    def rows() -> Iterator[list[str]]:
        for e in _estimates(services, stretch):
            worth, events = e.worth, e.events
            assumed = "; ".join(f"{a.what}: {a.low:g}-{a.high:g} ({a.source})" for a in _assumed(e))
            yield [
                "potensi",
                e.source.id,
                e.source.kind,
                text(e.source.name),
                number(worth.low if worth else None),
                number(worth.high if worth else None),
                e.source.tariff.currency,
                number(events.low if events else None),
                number(events.high if events else None),
                number(e.counted),
                str(e.days),
                str(e.days_left_out),
                number(e.coverage),
                e.trust,
                e.accuracy,
                text(e.source.tariff.legal),
                text(assumed),
                e.reason,
                UNSEEN if e.days and e.coverage < 1 else "",
            ]

    return csv_response(f"potensi_{stretch.first:%Y%m%d}_{stretch.last:%Y%m%d}.csv", csv_text(head, rows()), "never")


def _days(services: ServicesOf, first: date | None, last: date | None) -> Stretch:
    until = last or services.clock().astimezone(ZoneInfo(services.city.timezone)).date() - timedelta(days=1)
    since = first or until - timedelta(days=USUAL_DAYS - 1)
    if (
        not timedelta(0) <= until - since < timedelta(days=MOST_DAYS)
        or not EARLIEST.date() < since <= until < LATEST.date()
    ):
        raise ProblemError(
            422, "The question is not valid", f"from must not lie after to, nor {MOST_DAYS} days before it"
        )
    return Stretch(since, until, services.city.timezone)


def _estimates(services: ServicesOf, stretch: Stretch) -> Iterator[Estimate]:
    if services.city.potential is None:
        return iter(())
    try:
        return iter(list(potential(load_plan(services.city.potential), services.numbers, services.register, stretch)))
    except ConfigError as error:
        raise ProblemError(
            500,
            "The plan can't be used",
            f"{services.city.potential.name}: run `pantau potential` to see what is wrong",
        ) from error


def _answer(e: Estimate) -> EstimateAnswer:
    source = e.source
    share = e.registered_share
    return EstimateAnswer(
        id=source.id,
        kind=source.kind,
        name=source.name,
        places=source.places or (source.cordon,),
        indicator=source.indicator,
        direction=source.direction,
        worth=(e.worth.low, e.worth.high) if e.worth else None,
        reason=e.reason,
        events=(e.events.low, e.events.high) if e.events else None,
        counted=e.counted,
        days=e.days,
        days_left_out=e.days_left_out,
        coverage=e.coverage,
        trust=e.trust,
        accuracy=e.accuracy,
        tariff=TariffAnswer(**source.tariff.model_dump()),
        assumptions=tuple(AssumptionAnswer(**a.model_dump()) for a in _assumed(e)),
        registered=RegisteredAnswer(**source.registered.model_dump(), share=(share.low, share.high) if share else None)
        if source.registered
        else None,
    )


def _assumed(e: Estimate) -> Iterator[Assumption]:
    """What the plan assumes."""
    yield from e.source.assumption
    if e.source.crossings_per_vehicle is not None:
        yield e.source.crossings_per_vehicle
