"""What anybody may ask: the city, its areas, indicators, places and released series; and whether the server is well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from pantau.places import Camera, Line, Place, Site, Slot, Zone
from pantau.serve.http.audience import PUBLIC, RoleOf, ServicesOf
from pantau.serve.http.caching import RULES, Keep, tagged
from pantau.serve.metrics import answers
from pantau.serve.release.publication import DELAY_S
from pantau.serve.schema.answer import Role
from pantau.serve.schema.groups import GroupsAnswer
from pantau.serve.schema.portal import (
    AreasAnswer,
    CityAnswer,
    FamilyAnswer,
    Health,
    IndicatorAnswer,
    IndicatorsAnswer,
    MapSettings,
    PlaceAnswer,
    PlacesAnswer,
    Readiness,
    Release,
    SeriesAnswer,
    ServiceLevel,
    ServiceTable,
)
from pantau.serve.series import doubt
from pantau.serve.series.asking import SeriesQuestion, find_place, kind_of
from pantau.serve.series.download import csv_response, series_csv, states_of_rows
from pantau.serve.series.groups import group_answer, groups_of
from pantau.serve.series.published import camera_of, table_of
from pantau.serve.series.tables import BIN_S, answer, credit_of, words
from pantau.serve.series.validity import Trust, of_place, of_rows, of_series, ruled, trust
from pantau.vocabulary import Indicator, families

JSON = "application/json"


class GeoJSONResponse(Response):
    """RFC 7946."""

    media_type = "application/geo+json"


system = APIRouter(tags=["system"])
router = APIRouter(prefix="/api/v1", tags=["public"])


@system.get("/healthz", dependencies=[PUBLIC], summary="Whether the server is there")
def healthz() -> Health:
    """Answers while the process lives; asks nothing of the store."""
    return Health()


@system.get("/readyz", dependencies=[PUBLIC], responses={503: {"model": Readiness}}, summary="Whether it can work")
def readyz(services: ServicesOf, response: Response) -> Readiness:
    """Asks the store, the board and the keeper; 503 when one of the first two doesn't answer."""
    store = answers(services)
    board = not services.board.closed
    response.status_code = 200 if store and board else 503
    response.headers["Cache-Control"] = "no-store"
    words: Mapping[bool, str] = {True: "ok", False: "failing"}
    parts = {"store": words[store], "board": words[board], "keeper": words[not services.failing()]}
    return Readiness.model_validate({"status": words[store and board], **parts})


@router.get("/city", dependencies=[PUBLIC], summary="Whose numbers these are")
def city(services: ServicesOf, response: Response) -> CityAnswer:
    """Name, zone, clock, basemap and the release rule."""
    response.headers["Cache-Control"] = RULES["checked"]
    facts = services.city
    return CityAnswer(
        name=facts.name,
        region=facts.region,
        timezone=facts.timezone,
        version=services.version,
        now=services.clock(),
        demo=facts.demo,
        map=MapSettings(style=facts.map_address),
        release=Release(bin_s=BIN_S, delay_s=DELAY_S),
    )


@router.get(
    "/areas",
    dependencies=[PUBLIC],
    response_class=GeoJSONResponse,
    responses={200: {"model": AreasAnswer}},
    summary="The city's areas as GeoJSON",
)
def areas(request: Request) -> Response:
    """Boundaries with their code and name; an empty collection where none are configured."""
    return tagged(request, request.app.state.areas, GeoJSONResponse.media_type, "checked")


@router.get(
    "/indicators", dependencies=[PUBLIC], response_model=IndicatorsAnswer, summary="Everything that is measured"
)
def indicators(request: Request) -> Response:
    """The vocabulary: unit, definition and how each number adds up."""
    found = tuple(
        FamilyAnswer(name=f.name, label=words(f.label), indicators=tuple(_indicator(i) for i in f.indicators))
        for f in families().values()
    )
    return tagged(request, IndicatorsAnswer(families=found).model_dump_json().encode(), JSON, "checked")


@router.get("/places", dependencies=[PUBLIC], response_model=PlacesAnswer, summary="Every place that has numbers")
def places(request: Request, services: ServicesOf, role: RoleOf) -> Response:
    """Lines and zones of cameras, and imported sites."""
    cameras = {camera.id: camera for camera in services.register.cameras()}
    extents, zone = services.numbers.extents(), services.city.timezone
    methods, kept = services.numbers.methods(), services.register.validations()
    decisions = services.releases.decisions()
    found = []
    for place in services.register.places():
        if isinstance(place, Slot):
            continue  # its numbers are its zone's
        camera = None if isinstance(place, Site) else cameras.get(place.camera)
        one = _place(place, camera, extents.get(place.id, {}), zone)
        if camera:
            rule = ruled(place, decisions) if role == "public" else None
            known = Trust(place.id, [v for v in kept if v.camera == camera.id], rule)
            compared = of_place(known, place, methods.get(camera.id, {}), one.families)
            one = one.model_copy(update={"validations": compared})
        found.append(one)
    return tagged(request, PlacesAnswer(places=tuple(found)).model_dump_json().encode(), JSON, _keep(role))


@router.get("/places/{place}", dependencies=[PUBLIC], response_model=PlaceAnswer, summary="One place")
def one_place(
    request: Request, services: ServicesOf, role: RoleOf, place: Annotated[str, Path(max_length=140)]
) -> Response:
    """One line, zone or site."""
    known = find_place(services, place)
    extent = services.numbers.extent(place)
    camera = camera_of(services, known)
    found = _place(known, camera, extent, services.city.timezone)
    if camera:
        methods = services.numbers.methods().get(camera.id, {})
        trusted = trust(services, known, public=role == "public")
        compared = of_place(trusted, known, methods, found.families)
        found = found.model_copy(update={"validations": compared})
    return tagged(request, found.model_dump_json().encode(), JSON, _keep(role))


@router.get("/groups", dependencies=[PUBLIC], response_model=GroupsAnswer, summary="The city and its areas")
def groups(request: Request, services: ServicesOf, role: RoleOf) -> Response:
    """Places whose figures are added, and what may be added over them; /series answers for them as for a place."""
    found = GroupsAnswer(
        groups=tuple(group_answer(services, one) for one in groups_of(services, request.app.state.area_names))
    )
    return tagged(request, found.model_dump_json().encode(), JSON, _keep(role))


@router.get("/series", dependencies=[PUBLIC], response_model=SeriesAnswer, summary="Numbers of a place over time")
def series(request: Request, services: ServicesOf, role: RoleOf, question: SeriesQuestion) -> Response:
    """A point for every bucket of the range; a gap is null with coverage 0, never 0.

    The public gets quarters of an hour, hours, days and months that ended at least 15 minutes ago, of people in released cells; `states` says what a null is.
    """
    place, query = question
    table = table_of(services, place, query, public=role == "public")
    known = trust(services, place, public=role == "public")
    body = answer(table, place, of_series(table, known)).model_dump_json(by_alias=True).encode()
    return tagged(request, body, JSON, _keep(role, settled=table.settled))


@router.get(
    "/series.csv",
    dependencies=[PUBLIC],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same numbers as CSV",
)
def series_as_csv(services: ServicesOf, role: RoleOf, question: SeriesQuestion) -> Response:
    """start, place, tier, direction, coverage, provisional, method and a column for each indicator; empty is null.

    Then, for each indicator, ``<indicator>.validation``: the status of that row's figure, with accuracy, interval, n and date.
    ``<indicator>.state``: for the public, what that value is. Last, ``night`` and ``rain``: share of the row's watched time; and ``self_check``: ``inconsistent`` where one failed.
    """
    place, query = question
    table = table_of(services, place, query, public=role == "public")
    name = f"pantau_{place.id}_{query.tier}_{table.series.starts[0]:%Y%m%d}_{table.ends[-1]:%Y%m%d}.csv"
    keep = _keep(role, settled=table.settled)
    known = trust(services, place, public=role == "public")
    parts = zip(of_rows(table, known), states_of_rows(table), doubt.of_rows(table), strict=True)
    beside = [[cell for part in row for cell in part] for row in parts]
    return csv_response(name, series_csv(table, place, beside), keep)


def _place(
    place: Place, camera: Camera | None, extent: Mapping[str, tuple[datetime, datetime]], zone: str
) -> PlaceAnswer:
    kind = kind_of(place)
    measured = tuple(
        name
        for name, family in families().items()
        if (family.of_zone(place.kind) if isinstance(place, Zone) else family.of_kind(kind))
    )
    asked = tuple(name for name in measured if camera is None or name in camera.analysers)
    source, licence = credit_of(place, camera.attribution if camera else "")
    where = place if isinstance(place, Site) else camera
    return PlaceAnswer(
        id=place.id,
        name=place.name,
        kind=kind,
        camera=None if isinstance(place, Site) else place.camera,
        families=tuple(name for name in measured if name in extent) or (() if kind == "site" else asked),
        forward_name=place.forward_name if isinstance(place, Line) else "",
        backward_name=place.backward_name if isinstance(place, Line) else "",
        lon=where.lon if where else None,
        lat=where.lat if where else None,
        timezone=place.timezone if isinstance(place, Site) else zone,
        source=source,
        licence=licence,
        revision=place.revision,
        service=_service(place, camera),
        flows=isinstance(place, Line) and camera is not None and "flow" in camera.analysers,
        capacity=capacity_of(place, camera),
        first=min((first for first, _ in extent.values()), default=None),
        last=max((last for _, last in extent.values()), default=None),
    )


def _service(place: Place, camera: Camera | None) -> ServiceTable | None:
    """The levels of service of a line on a road."""
    if camera is None or camera.road is None or not isinstance(place, Line):
        return None
    table = camera.road.service
    levels = (ServiceLevel(letter=letter, below=limit if isfinite(limit) else None) for letter, limit in table.levels)
    return ServiceTable(
        id=table.id,
        source=table.source,
        indicator=table.indicator,
        levels=tuple(levels),
        manual=camera.road.manual,
        road=camera.road.type,
    )


def capacity_of(place: Place, camera: Camera | None) -> int:
    """How many vehicles fit into a parking zone: as declared, else its slots; 0 where that is not known."""
    if not isinstance(place, Zone):
        return 0
    return place.capacity or sum(slot.zone == place.id for slot in (camera.slots if camera else ()))


def _keep(role: Role, *, settled: bool = False) -> Keep:
    if role != "public":
        return "never"
    return "settled" if settled else "checked"


def _indicator(one: Indicator) -> IndicatorAnswer:
    return IndicatorAnswer(
        id=one.id,
        name=one.name,
        unit=one.unit,
        over_time=one.over_time,
        over_places=one.over_places,
        places=one.places,
        road_user=one.road_user or None,
        edges=one.edges,
        of=tuple(f"{one.family}.{name}" for name in one.of),
        take=one.take,
        label=words(one.label),
        definition=words(one.definition),
        source=one.source,
        since=one.since,
    )
