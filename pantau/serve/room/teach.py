"""Teaching a zone by example: what the signed-in mark on the camera page, and what a function says of itself.

A still is marked by its time: whoever marks says which look they saw. Those shown in the last minute can be marked, any other is
refused, so that nobody marks what they have not seen. Thumbnails have road users painted over and are for the room only.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, Field

from pantau.errors import ConfigError, DataError
from pantau.findings import Function, Sight
from pantau.lessons import FEWEST, Example, Report
from pantau.places import Camera, Zone
from pantau.serve.http.audience import ROOM, RoleOf, ServicesOf
from pantau.serve.http.caching import RULES
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Answer
from pantau.serve.services import Services

router = APIRouter(prefix="/api/v1", tags=["room"])
CameraId = Annotated[str, Path(max_length=70)]
PlaceId = Annotated[str, Path(max_length=140)]
SightTime = Annotated[AwareDatetime | None, Query(description="Of a look that was told; without it, the newest.")]
PictureId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
JPEG: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/jpeg": {}}}}


class NewFunction(Answer):
    """A function for a zone."""

    zone: str = Field(min_length=1, max_length=140, examples=["pets.tengah"], description="Whose outline it takes.")
    name: str = Field(min_length=1, max_length=60, examples=["banjir"], description="What it is to notice.")


class Mark(Answer):
    """What a person says of a still."""

    time: AwareDatetime = Field(description="Of the look that was marked, as it was told.")
    label: Literal["normal", "yes"]


class SightAnswer(Answer):
    """The newest look at a zone."""

    time: AwareDatetime
    answer: Literal["yes", "no", "abstain", "untaught"]
    chance: float
    distance: float
    limit: float
    picture: str
    fault: str


class ExampleAnswer(Answer):
    """A marked still."""

    picture: str
    label: Literal["normal", "yes"]
    time: AwareDatetime
    marked: AwareDatetime
    by: str
    model: str
    thumbnail: bool


class ReportAnswer(Answer):
    """What a function says of itself, from examples that it was not shown."""

    normal: int
    yes: int
    groups: int = Field(description="Separate moments that the examples are from.")
    answered: int
    wrong: int
    missed: int
    false: int
    abstained: int
    error: float | None = Field(description="Wrong ÷ answered; null where too few moments were marked to know.")
    interval: tuple[float, float] | None
    limit: float


class FunctionAnswer(Answer):
    """A function and its examples."""

    id: str
    name: str
    revision: int
    examples: tuple[ExampleAnswer, ...]
    learned: AwareDatetime | None
    by: str
    in_force: int = Field(description="Examples that it learned from.")
    fewest: int = Field(description="Examples of each kind that it needs.")
    report: ReportAnswer | None
    fault: str = Field(description="Why nothing is in force.")
    sight: SightAnswer | None


class FunctionsAnswer(Answer):
    """Every function of a camera."""

    functions: tuple[FunctionAnswer, ...]


@router.get("/cameras/{camera}/functions", dependencies=[ROOM], summary="What a camera was taught")
def functions(services: ServicesOf, response: Response, camera: CameraId) -> FunctionsAnswer:
    """Each function with its examples, its own error and the newest look at its zone."""
    response.headers["Cache-Control"] = RULES["never"]
    known = _camera(services, camera)
    found = services.teacher.functions(known)
    return FunctionsAnswer(functions=tuple(_function(one, services.teacher.look(one.zone)) for one in found))


@router.post("/cameras/{camera}/functions", dependencies=[ROOM], status_code=201, summary="Add a function to a zone")
def add(services: ServicesOf, camera: CameraId, new: NewFunction) -> FunctionAnswer:
    """A zone of kind *scene* with the outline of another; `pantau export` writes it down."""
    known = _camera(services, camera)
    try:
        return _function(Function(zone=services.teacher.add(known, new.zone, new.name)), None)
    except (DataError, ConfigError) as error:
        raise ProblemError(422, "No such function", str(error)) from error


@router.get(
    "/cameras/{camera}/functions/{place}/still",
    dependencies=[ROOM],
    response_class=Response,
    responses=JPEG,
    summary="A look at a zone",
)
def still(services: ServicesOf, camera: CameraId, place: PlaceId, time: SightTime = None) -> Response:
    """A small JPEG of the zone with road users painted over; of an earlier `time` while that can be marked."""
    sight = services.teacher.look(_zone(services, camera, place), time)
    if sight is None or not sight.thumbnail:
        raise ProblemError(404, "No picture", (sight.fault if sight else "") or "nothing has been seen there yet")
    return Response(sight.thumbnail, headers={"Cache-Control": RULES["never"]}, media_type="image/jpeg")


@router.post(
    "/cameras/{camera}/functions/{place}/examples", dependencies=[ROOM], status_code=201, summary="Mark a still"
)
def mark(services: ServicesOf, role: RoleOf, camera: CameraId, place: PlaceId, said: Mark) -> ExampleAnswer:
    """Keeps its vector and a small picture; a still that is marked the other way is refused."""
    zone = _zone(services, camera, place)
    try:
        return _example(services.teacher.mark(zone, said.time, said.label, role))
    except DataError as error:
        raise ProblemError(409, "Not marked", str(error)) from error


@router.post("/cameras/{camera}/functions/{place}/lesson", dependencies=[ROOM], summary="Learn from what is marked")
def learn(services: ServicesOf, role: RoleOf, camera: CameraId, place: PlaceId) -> ReportAnswer:
    """Puts it in force; the camera's loop answers with it within seconds."""
    zone = _zone(services, camera, place)
    try:
        return _report(services.teacher.learn(zone, role))
    except DataError as error:
        raise ProblemError(409, "Nothing learned", str(error)) from error


@router.get(
    "/cameras/{camera}/functions/{place}/examples/{picture}",
    dependencies=[ROOM],
    response_class=Response,
    responses=JPEG,
    summary="The small picture of an example",
)
def thumbnail(services: ServicesOf, camera: CameraId, place: PlaceId, picture: PictureId) -> Response:
    """Until it is let go."""
    zone = _zone(services, camera, place)
    found = [one for one in services.teacher.functions(_camera(services, camera)) if one.zone.id == zone.id]
    kept = next((one.thumbnail for one in found[0].examples if one.picture == picture), b"") if found else b""
    if not kept:
        raise ProblemError(404, "No picture", "there is no such example, or its picture was let go")
    return Response(kept, headers={"Cache-Control": RULES["never"]}, media_type="image/jpeg")


@router.delete(
    "/cameras/{camera}/functions/{place}/examples/{picture}",
    dependencies=[ROOM],
    status_code=204,
    summary="Forget an example",
)
def forget(services: ServicesOf, camera: CameraId, place: PlaceId, picture: PictureId) -> None:
    """Its vector, its picture and its mark; what was learned from it is learned anew without it."""
    if not services.teacher.forget(_zone(services, camera, place).id, picture):
        raise ProblemError(404, "No such example", "it has been forgotten already")


@router.delete(
    "/cameras/{camera}/functions/{place}/pictures", dependencies=[ROOM], status_code=204, summary="Let the pictures go"
)
def forget_pictures(services: ServicesOf, camera: CameraId, place: PlaceId) -> None:
    """Of every example of the place; the vectors, which are enough to learn again, stay."""
    services.teacher.forget_pictures(_zone(services, camera, place).id)


def _camera(services: Services, camera: str) -> Camera:
    if "\0" not in camera and (known := services.register.camera(camera)) is not None:
        return known
    raise ProblemError(404, "No such camera", f"there is no camera {camera[:70]!r}; /api/v1/cameras lists them")


def _zone(services: Services, camera: str, place: str) -> Zone:
    known = _camera(services, camera)
    for zone in known.zones:
        if zone.id == place and zone.kind == "scene":
            return zone
    raise ProblemError(404, "No such function", f"camera {known.id!r} has no function {place[:140]!r}")


def _function(function: Function, sight: Sight | None) -> FunctionAnswer:
    lesson = function.lesson
    return FunctionAnswer(
        id=function.zone.id,
        name=function.zone.name,
        revision=function.zone.revision,
        examples=tuple(_example(one) for one in function.examples),
        learned=lesson.learned if lesson else None,
        by=lesson.by if lesson else "",
        in_force=len(lesson.examples) if lesson and not function.fault else 0,
        fewest=FEWEST,
        report=_report(function.report) if function.report else None,
        fault=function.fault or (sight.fault if sight else ""),
        sight=_sight(sight) if sight else None,
    )


def _sight(sight: Sight) -> SightAnswer:
    return SightAnswer(**{name: getattr(sight, name) for name in SightAnswer.model_fields})


def _example(example: Example) -> ExampleAnswer:
    told = {name: getattr(example, name) for name in ExampleAnswer.model_fields if name != "thumbnail"}
    return ExampleAnswer(**told, thumbnail=bool(example.thumbnail))


def _report(report: Report) -> ReportAnswer:
    return ReportAnswer(**{name: getattr(report, name) for name in ReportAnswer.model_fields})
