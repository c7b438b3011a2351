"""What the city may be asked about itself: what it watches, keeps, publishes, refuses to say, gets wrong, and answers. From live data.

Numbers of cameras, never addresses or streams. **Availability** is of the last whole local day (`pantau.serve.now.availability`). **Errors** are of comparisons with the truth,
pooled by class: (truth - missed - over) / truth, a clip's own total before its lines, so that nothing counts twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from fastapi import FastAPI

from pantau.places import Camera
from pantau.serve.http.audience import declared, routes_of
from pantau.serve.schema.accountability import (
    AreaCameras,
    CamerasWatched,
    ComplaintsHandled,
    DecisionTaken,
    FunctionCameras,
    Kept,
    PooledError,
    TransparencyAnswer,
)
from pantau.serve.schema.answer import Words
from pantau.serve.schema.policy import decision_taken
from pantau.serve.series.tables import words
from pantau.serve.services import Services
from pantau.store.alarms import KEPT as ALARMS_KEPT
from pantau.store.complaints import TEXT_KEPT
from pantau.store.validations import Validation, least
from pantau.vocabulary import families, indicators


def transparency(app: FastAPI, services: Services) -> TransparencyAnswer:
    """All of it.

    Raises:
        StoreError: the store or the control database failed.
    """
    cameras, facts = services.register.cameras(), services.city
    return TransparencyAnswer(
        version=services.version,
        cameras=_watched(cameras, json.loads(app.state.areas)["features"]),
        kept=Kept(
            minute_days=facts.keep.minute_days,
            quarter_hour_days=facts.keep.quarter_hour_days,
            hour_days=facts.keep.hour_days,
            picture_days=facts.picture_days,
            alarm_days=ALARMS_KEPT.days,
            complaint_text_days=TEXT_KEPT.days,
        ),
        routes=dict(Counter(declared(route) for route in routes_of(app))),
        decisions=decisions(services),
        complaints=_handled(services),
        availability=services.availability.newest,
        errors=errors(services.register.validations()),
    )


def decisions(services: Services) -> tuple[DecisionTaken, ...]:
    """Every decision of the steward, newest first."""
    return tuple(decision_taken(one, services.register) for one in reversed(services.releases.decisions()))


def errors(kept: Sequence[Validation]) -> tuple[PooledError, ...]:
    """By class, over every comparison of both directions; none of a class of which so few were counted that a number would tell of them."""
    whole = {(v.camera, v.clip, v.source, v.method) for v in kept if v.place == v.camera}
    mine = [
        v
        for v in kept
        if not v.direction and (v.place == v.camera or (v.camera, v.clip, v.source, v.method) not in whole)
    ]
    labels = {i.road_user: i.label for i in reversed(tuple(indicators().values())) if i.counted and "line" in i.places}
    found = []
    for road_user in sorted({v.road_user for v in mine}):
        of = [v for v in mine if v.road_user == road_user]
        truth, missed, over = (sum(getattr(v, name) for v in of) for name in ("truth", "missed", "over"))
        if truth < least(road_user):
            continue
        label = labels.get(road_user)
        found.append(
            PooledError(
                road_user=road_user,
                label=words(label) if label else Words(id=road_user, en=road_user),
                truth=truth,
                missed=missed,
                over=over,
                accuracy=round((truth - missed - over) / truth, 4),
                comparisons=len(of),
                newest=max(v.time for v in of),
            )
        )
    return tuple(found)


def _watched(cameras: Sequence[Camera], areas: Sequence[Mapping[str, Mapping[str, str]]]) -> CamerasWatched:
    names = {one["properties"]["code"]: one["properties"]["name"] for one in areas}
    codes = sorted({camera.area for camera in cameras})
    runs = Counter(name for camera in cameras if camera.enabled for name in camera.analysers)
    return CamerasWatched(
        known=len(cameras),
        analysed=sum(camera.enabled for camera in cameras),
        areas=tuple(
            AreaCameras(
                code=code,
                name=names.get(code, code),
                known=sum(camera.area == code for camera in cameras),
                analysed=sum(camera.area == code and camera.enabled for camera in cameras),
            )
            for code in codes
        ),
        functions=tuple(
            FunctionCameras(family=name, label=words(family.label), cameras=runs[name])
            for name, family in families().items()
        ),
    )


def _handled(services: Services) -> ComplaintsHandled:
    cases, now = services.complaints.cases(), services.clock()
    took = [(one.answered - one.received).total_seconds() / 86_400 for one in cases if one.answered]
    waits = [(now - one.received).total_seconds() / 86_400 for one in cases if not one.answered]
    return ComplaintsHandled(
        received=len(cases),
        voices=sum(one.voices for one in cases),
        answered=len(took),
        median_days=round(max(median(took), 0.0), 1) if took else None,
        oldest_days=round(max(waits), 1) if waits else None,
        outcomes=dict(Counter(one.outcome for one in cases if one.outcome)),
    )
