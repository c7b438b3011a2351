"""``/api/v1/open/transparency`` and ``/methods``: what the city says of itself, and what each of its numbers means."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.fair import ASK, fair
from pantau.serve.open.accountability import errors, transparency
from pantau.serve.open.datasets import datasets
from pantau.serve.open.satu_data import indicator_form, variable
from pantau.serve.schema.accountability import FamilyMethods, IndicatorMethod, MethodsAnswer, TransparencyAnswer
from pantau.serve.series.tables import words
from pantau.vocabulary import families

router = APIRouter(prefix="/api/v1/open", tags=["open"])
OPEN = [PUBLIC, fair(ASK)]
JSON = "application/json"


@router.get(
    "/transparency", dependencies=OPEN, response_model=TransparencyAnswer, summary="What the city says of itself"
)
def transparent(request: Request, services: ServicesOf) -> Response:
    """What is watched, kept, published, refused, wrong and answered."""
    found = transparency(request.app, services)
    return tagged(request, found.model_dump_json(by_alias=True).encode(), JSON, "checked")


@router.get("/methods", dependencies=OPEN, response_model=MethodsAnswer, summary="What each number means")
def methods(request: Request, services: ServicesOf) -> Response:
    """The vocabulary with its metadata (MS-Var, MS-Ind), and how right each number was here."""
    known = {one.road_user: one for one in errors(services.register.validations())}
    told = {one.family.name for one in datasets(services)}
    found = MethodsAnswer(
        families=tuple(
            FamilyMethods(
                name=name,
                label=words(family.label),
                concept=words(family.concept),
                classification=family.classification,
                dataset=name in told,
                indicators=tuple(
                    IndicatorMethod(
                        id=one.id,
                        label=words(one.label),
                        definition=words(one.definition),
                        unit=one.unit,
                        classification=one.classification,
                        source=one.source,
                        version=one.version,
                        since=one.since,
                        publish=one.publish,
                        error=known.get(one.road_user) if one.counted else None,
                        ms_var=variable(one) if one.stored else None,
                        ms_ind=indicator_form(one, services.city),
                    )
                    for one in family.indicators
                ),
            )
            for name, family in families().items()
        )
    )
    return tagged(request, found.model_dump_json().encode(), JSON, "checked")
