"""``/api/v1/open`` and the catalogue: datasets, series, places and areas as files, for anybody, from anywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.serve.formats import FORMATS
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.fair import ASK, DOWNLOAD, fair
from pantau.serve.open.answering import sheet_file
from pantau.serve.open.catalog import graph, json_ld, turtle
from pantau.serve.open.datasets import Dataset, dataset, datasets
from pantau.serve.open.package import package
from pantau.serve.open.satu_data import metadata, title
from pantau.serve.open.sheets import areas_sheet, dataset_sheet, places_sheet, series_sheet
from pantau.serve.release.policy import policy_of
from pantau.serve.schema.answer import Way, Words
from pantau.serve.schema.open import (
    DatasetAnswer,
    DatasetFile,
    DatasetIndicator,
    DatasetsAnswer,
    MetadataAnswer,
)
from pantau.serve.schema.policy import policy_answer
from pantau.serve.series.asking import Id, Moment, range_of, series_question
from pantau.serve.series.groups import Subject
from pantau.serve.series.tables import words
from pantau.serve.services import Services
from pantau.store.series import SeriesQuery

Direction = Annotated[Way, Query(description="One direction of lines, or both added up.")]
OPEN = [PUBLIC, fair(ASK)]
USUAL = timedelta(days=30)
JSON, LD, TTL = "application/json", "application/ld+json", "text/turtle"
FormatName = Literal["csv", "excel", "json", "geojson", "parquet"]
"""Names of `FORMATS`; a test compares the two."""
OpenTier = Annotated[
    Literal["quarter_hour", "hour", "day", "month"], Query(description="Width of the buckets, local to the place.")
]
Name = Annotated[str, Path(max_length=80, examples=["traffic"], description="A dataset's id.")]
Form = Annotated[FormatName, Path(description="excel: CSV with ; and decimal commas.")]

router = APIRouter(prefix="/api/v1/open", tags=["open"])
catalogue = APIRouter(tags=["open"])


def _files() -> dict[int | str, dict[str, Any]]:
    anything = {"schema": {"type": "string", "format": "binary"}}
    said = {form.iana: {} if form.iana.endswith("json") else anything for form in FORMATS.values()}
    return {200: {"content": said, "description": "The file."}, 429: {"description": "Too many requests"}}


@router.get("/datasets", dependencies=OPEN, response_model=DatasetsAnswer, summary="Every dataset")
def all_datasets(request: Request, services: ServicesOf) -> Response:
    """What each dataset is, how it is published, and where its files are."""
    found = tuple(_answer(services, one, _base(request)) for one in datasets(services))
    return tagged(request, DatasetsAnswer(datasets=found).model_dump_json().encode(), JSON, "checked")


@router.get("/datasets/{name}", dependencies=OPEN, response_model=DatasetAnswer, summary="One dataset")
def one_dataset(request: Request, services: ServicesOf, name: Name) -> Response:
    """The same of one."""
    found = _answer(services, dataset(services, name), _base(request))
    return tagged(request, found.model_dump_json().encode(), JSON, "checked")


@router.get(
    "/datasets/{name}/datapackage.json",
    dependencies=OPEN,
    response_model=dict[str, Any],
    summary="A dataset as a Data Package",
)
def data_package(request: Request, services: ServicesOf, name: Name) -> Response:
    """Its files, and what each column means (datapackage.org, v2.0)."""
    told = package(dataset(services, name), services.city, _base(request), services.version)
    return tagged(request, json.dumps(told, ensure_ascii=False, indent=1).encode(), JSON, "checked")


@router.get(
    "/datasets/{name}/metadata",
    dependencies=OPEN,
    response_model=MetadataAnswer,
    summary="A dataset in the fields of Satu Data Indonesia",
)
def sdi_metadata(request: Request, services: ServicesOf, name: Name) -> Response:
    """MS-Keg, MS-Var and MS-Ind."""
    address = f"{_base(request)}/api/v1/open/datasets/{name}/datapackage.json"
    told = metadata(dataset(services, name), services.city, address)
    return tagged(request, told.model_dump_json().encode(), JSON, "checked")


@router.get(
    "/datasets/{name}/data.{form}",
    dependencies=[PUBLIC, fair(DOWNLOAD)],
    response_class=StreamingResponse,
    responses=_files(),
    summary="A whole dataset as a file",
)
def whole_dataset(  # noqa: PLR0913, PLR0917  # FastAPI makes one parameter of each
    request: Request,
    services: ServicesOf,
    name: Name,
    form: Form,
    tier: OpenTier = "hour",
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    direction: Direction = "both",
) -> Response:
    """A row for each place and bucket; the last 30 days unless a range is given."""
    start, end = range_of(services.clock(), from_, to, USUAL)
    query = SeriesQuery(place="", indicators=(), tier=tier, start=start, end=end, direction=direction)
    return sheet_file(request, dataset_sheet(services, dataset(services, name), query), form, "checked")


async def open_series(  # noqa: PLR0913, PLR0917  # FastAPI makes one query parameter of each
    request: Request,
    services: ServicesOf,
    place: Id,
    indicator: Annotated[list[str], Query(min_length=1, max_length=20, description="Ids of one family; repeat it.")],
    tier: OpenTier = "hour",
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    direction: Direction = "both",
) -> tuple[Subject, SeriesQuery]:
    """As the portal asks, always as the public."""
    return await series_question(request, services, "public", place, indicator, tier, from_, to, direction)


@router.get(
    "/series.{form}",
    dependencies=OPEN,
    response_class=StreamingResponse,
    responses=_files(),
    summary="Numbers of one place or group as a file",
)
def one_series(
    request: Request,
    services: ServicesOf,
    form: Form,
    question: Annotated[tuple[Subject, SeriesQuery], Depends(open_series)],
) -> Response:
    """A row for each bucket of the range: an empty value has its reason in `.state`."""
    sheet, settled = series_sheet(services, *question)
    return sheet_file(request, sheet, form, "settled" if settled else "checked")


@router.get(
    "/places.{form}",
    dependencies=OPEN,
    response_class=StreamingResponse,
    responses=_files(),
    summary="Places as a file",
)
def all_places(request: Request, services: ServicesOf, form: Form) -> Response:
    """Where each place is, with its region code as text."""
    return sheet_file(request, places_sheet(services), form, "checked")


@router.get(
    "/areas.{form}",
    dependencies=OPEN,
    response_class=StreamingResponse,
    responses=_files(),
    summary="Areas as a file",
)
def all_areas(request: Request, form: Form) -> Response:
    """Code and name of each area; as GeoJSON with its boundary."""
    return sheet_file(request, areas_sheet(request.app.state.areas), form, "checked")


@catalogue.get(
    "/catalog.jsonld",
    dependencies=OPEN,
    response_class=Response,
    responses={200: {"content": {LD: {}}}},
    summary="The catalogue as JSON-LD (DCAT-AP 3)",
)
def catalog_json(request: Request, services: ServicesOf) -> Response:
    """For portals that harvest."""
    found = graph(datasets(services), services.city, _base(request))
    return tagged(request, json_ld(found), LD, "checked")


@catalogue.get(
    "/catalog.ttl",
    dependencies=OPEN,
    response_class=Response,
    responses={200: {"content": {TTL: {"schema": {"type": "string"}}}}},
    summary="The catalogue as Turtle (DCAT-AP 3)",
)
def catalog_turtle(request: Request, services: ServicesOf) -> Response:
    """The same graph."""
    return tagged(
        request, turtle(graph(datasets(services), services.city, _base(request))), f"{TTL}; charset=utf-8", "checked"
    )


def _base(request: Request) -> str:
    """Where the asker reached us; the gate let only our own names through."""
    return str(request.base_url).rstrip("/")


def _answer(services: Services, one: Dataset, base: str) -> DatasetAnswer:
    at, decisions = f"{base}/api/v1/open/datasets/{one.family.name}", services.releases.decisions()
    places = [place for place in services.register.places() if place.id in one.places]
    told = []
    for i in one.indicators:
        mine = (policy_answer(policy_of(place, i, decisions)) for place in places if i in one.places[place.id])
        policies = tuple(dict.fromkeys(mine))
        told.append(
            DatasetIndicator(
                id=i.id,
                label=words(i.label),
                definition=words(i.definition),
                unit=i.unit,
                version=i.version,
                policies=policies,
            )
        )
    return DatasetAnswer(
        id=one.family.name,
        title=Words(id=title(one.family, services.city), en=f"{one.family.label.en}, {services.city.name}"),
        description=words(one.family.concept),
        classification=one.family.classification,
        licence=services.city.licence,
        places=tuple(one.places),
        first=one.first,
        last=one.last,
        indicators=tuple(told),
        files=tuple(
            DatasetFile(format=key, media_type=form.iana, url=f"{at}/data.{key}") for key, form in FORMATS.items()
        ),
        package=f"{at}/datapackage.json",
        metadata=f"{at}/metadata",
    )
