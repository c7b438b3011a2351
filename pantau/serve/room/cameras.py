"""What the signed-in may ask: cameras and how they are doing, their redacted pictures, events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.findings import Live, decoded_share, recall, rested_share
from pantau.ground import plane_of
from pantau.places import Camera
from pantau.serve.http.audience import ROOM, ServicesOf
from pantau.serve.http.caching import RULES, matches
from pantau.serve.http.problems import ProblemError
from pantau.serve.public import capacity_of
from pantau.serve.room.faults import faults_of
from pantau.serve.schema.cameras import (
    CameraAnswer,
    CamerasAnswer,
    EventAnswer,
    EventsAnswer,
    GroundAnswer,
    LineAnswer,
    MarkAnswer,
    SlotAnswer,
    ZoneAnswer,
)
from pantau.serve.schema.checks import ChecksAnswer
from pantau.serve.series.asking import EventsQuestion, encode_cursor
from pantau.serve.series.doubt import check_answer
from pantau.serve.series.download import csv_response, events_csv
from pantau.serve.series.validity import Trust, of_place
from pantau.serve.services import Services
from pantau.store.validations import Validation
from pantau.types import Event

MOST_EVENTS = 100_000
"""Rows of one CSV of events; a longer answer is asked for in parts."""

router = APIRouter(prefix="/api/v1", tags=["room"])
CameraId = Annotated[str, Path(max_length=70)]


@router.get("/cameras", dependencies=[ROOM], summary="Every camera")
def cameras(services: ServicesOf, response: Response) -> CamerasAnswer:
    """What it is, what is drawn on it, and how it is doing. Its source is never told."""
    response.headers["Cache-Control"] = RULES["never"]
    board, methods = services.board, services.numbers.methods()
    kept = services.register.validations()
    return CamerasAnswer(
        cameras=tuple(
            _camera(one, board.latest(one.id), [v for v in kept if v.camera == one.id], methods.get(one.id, {}))
            for one in services.register.cameras()
        )
    )


@router.get("/cameras/{camera}", dependencies=[ROOM], summary="One camera")
def one_camera(services: ServicesOf, response: Response, camera: CameraId) -> CameraAnswer:
    """As in the list of cameras."""
    response.headers["Cache-Control"] = RULES["never"]
    known = _find(services, camera)
    kept, methods = services.register.validations(known.id), services.numbers.methods().get(known.id, {})
    return _camera(known, services.board.latest(camera), kept, methods)


@router.get("/cameras/{camera}/checks", dependencies=[ROOM], summary="Self-checks of a camera")
def checks(services: ServicesOf, response: Response, camera: CameraId) -> ChecksAnswer:
    """Whether its counts agree with themselves, with their neighbours and with earlier weeks; no truth is needed for that."""
    response.headers["Cache-Control"] = RULES["never"]
    known = _find(services, camera)
    names = {place.id: place.name for place in services.register.places()} | {known.id: known.name}
    found = services.register.self_checks(known.id)
    return ChecksAnswer(checks=tuple(check_answer(one, names) for one in found))


@router.get(
    "/cameras/{camera}/picture",
    dependencies=[ROOM],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
    summary="The newest picture, people and plates made unrecognisable",
)
def picture(
    request: Request,
    services: ServicesOf,
    camera: CameraId,
    t: Annotated[str, Query(max_length=40, description="The picture that a live event names; else the newest.")] = "",
) -> Response:
    """A JPEG without overlays; the browser draws boxes, lines and zones."""
    held = services.board.picture(camera, t)
    if held is None:
        live = services.board.latest(_find(services, camera).id)
        why = (live.reason or f"the camera is {live.status}") if live else "the camera has not started"
        raise ProblemError(404, "No picture", why)
    headers = {"Cache-Control": RULES["never"], "ETag": f'"{held[0]}"'}
    if matches(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(held[1], headers=headers, media_type="image/jpeg")


@router.get("/events", dependencies=[ROOM], summary="What happened, newest first")
def events(services: ServicesOf, response: Response, question: EventsQuestion) -> EventsAnswer:
    """Crossings, stays and outages of the last week, or of the range asked for; page on with `before`."""
    response.headers["Cache-Control"] = RULES["never"]
    q = question
    page = services.numbers.events(q.place, q.kind, q.start, q.end, q.limit, q.before)
    return EventsAnswer(
        events=tuple(_event(one) for one in page.events), next=encode_cursor(page.before) if page.before else None
    )


@router.get(
    "/events.csv",
    dependencies=[ROOM],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same events as CSV, all pages",
)
def events_as_csv(services: ServicesOf, question: EventsQuestion) -> Response:
    """id, kind, place, start, end, attributes (JSON); at most 100,000 rows."""
    q = question

    def rows() -> Iterator[Event]:
        before, left = q.before, MOST_EVENTS
        while left > 0:
            page = services.numbers.events(q.place, q.kind, q.start, q.end, min(1000, left), before)
            yield from page.events
            before, left = page.before, left - len(page.events)
            if before is None:
                return

    name = f"pantau_{q.kind or 'events'}_{q.start:%Y%m%d}_{q.end:%Y%m%d}.csv"
    return csv_response(name, events_csv(rows()), "never")


def _find(services: Services, camera: str) -> Camera:
    if "\0" not in camera and (known := services.register.camera(camera)) is not None:
        return known
    raise ProblemError(404, "No such camera", f"there is no camera {camera[:70]!r}; /api/v1/cameras lists them")


def _camera(camera: Camera, live: Live | None, kept: Sequence[Validation], methods: Mapping[str, str]) -> CameraAnswer:
    shown = live if camera.enabled else None
    return CameraAnswer(
        id=camera.id,
        name=camera.name,
        lon=camera.lon,
        lat=camera.lat,
        area=camera.area,
        status=shown.status if shown else ("starting" if camera.enabled else "off"),
        reason=shown.reason if shown else "",
        time=shown.time if shown else None,
        fps_asked=shown.fps_asked if shown else camera.fps,
        fps_got=shown.fps_got if shown else 0.0,
        step_ms=shown.step_ms if shown else 0.0,
        stages_ms=dict(shown.stages_ms) if shown else {},
        dropped=dict(shown.dropped) if shown else {},
        decoded_share=decoded_share(shown.gated) if shown else None,
        gate_recall=recall(shown.gated) if shown else None,
        rested_share=rested_share(shown.gated) if shown else None,
        detector=camera.detector,
        attribution=camera.attribution,
        picture=bool(shown and shown.picture),
        ground=_ground(camera),
        flows="flow" in camera.analysers,
        faults=faults_of(shown),
        lines=tuple(
            LineAnswer(
                id=line.id,
                name=line.name,
                start=line.start,
                end=line.end,
                forward_name=line.forward_name,
                backward_name=line.backward_name,
                revision=line.revision,
                validations=of_place(Trust(line.id, kept), line, methods, camera.analysers),
            )
            for line in camera.lines
        ),
        zones=tuple(
            ZoneAnswer(
                id=z.id,
                name=z.name,
                kind=z.kind,
                capacity=capacity_of(z, camera),
                polygon=z.polygon,
                gauge=tuple(MarkAnswer(at=mark.at, cm=mark.cm) for mark in z.gauge),
                limit_cm=z.limit_cm,
                revision=z.revision,
            )
            for z in camera.zones
        ),
        slots=tuple(
            SlotAnswer(id=s.id, name=s.name, kind=s.kind, zone=s.zone, polygon=s.polygon) for s in camera.slots
        ),
    )


def _ground(camera: Camera) -> GroundAnswer | None:
    if camera.ground is None:
        return None
    error = plane_of(camera.ground).left_out_m
    known = bool(np.isfinite(error).any())
    return GroundAnswer(
        points=len(camera.ground.points),
        error_m=round(float(np.sqrt(np.nanmean(error**2))), 3) if known else None,
        limit_m=camera.ground.limit_m,
        note=camera.ground.note,
    )


def _event(event: Event) -> EventAnswer:
    return EventAnswer(
        id=event.id,
        kind=event.kind,
        place=event.place,
        start=event.start,
        end=event.end,
        attributes=dict(event.attributes),
    )
