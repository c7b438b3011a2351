"""Readings from outside: a river, tide or rain gauge, a pump, another office's system gives its hours to a declared site.

Only the signed-in may, and only to a site that `pantau apply` has declared. All rows are taken or none; a refusal names each
row. The rows of one request are bounded by the size of its body.
"""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path

from pantau.errors import DataError
from pantau.places import Site
from pantau.serve.http.audience import ADMIN, ServicesOf
from pantau.serve.http.gate import MOST_BODY
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.imports import ImportAnswer, ImportBody
from pantau.store.imports import Reading, bring_in

router = APIRouter(prefix="/api/v1", tags=["imports"], max_body_size=MOST_BODY)


@router.post("/imports/{place}", dependencies=[ADMIN], summary="Bring in what somebody else measured at a site")
def imports(services: ServicesOf, place: Annotated[str, Path(max_length=140)], said: ImportBody) -> ImportAnswer:
    """All rows or none; the same hours given again replace what they held. 422 names every row that is refused."""
    site = services.register.place(place) if "\0" not in place else None
    if not isinstance(site, Site):
        raise ProblemError(
            404, "No such site", f"{place[:70]!r} is no imported site; declare it in a [[sensor]] file and apply that"
        )
    readings = [Reading(row.time.astimezone(UTC), row.indicator, row.value, row.unit) for row in said.rows]
    try:
        kept = bring_in(services.numbers, site, said.width, readings, services.clock())
    except DataError as error:
        raise ProblemError(422, "Rows refused", str(error)) from error
    return ImportAnswer(place=site.id, rows=kept.rows, values=kept.values)
