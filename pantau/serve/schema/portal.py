"""What the API answers about the city, its places and their series; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from pantau.serve.release.rule import State
from pantau.serve.schema.answer import Answer, Fraction, PlaceKind, Role, TierName, Way, Words


class Health(Answer):
    """Whether the server is there."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """Whether the server can do its work, part by part."""

    status: Literal["ok", "failing"]
    store: Literal["ok", "failing"]
    board: Literal["ok", "failing"]
    keeper: Literal["ok", "failing"] = Field(
        description="Rollups, publishing, checks and what else is done every few seconds; `/metrics` names what fails. It does not make the rest unready."
    )


class SessionAnswer(Answer):
    """Who is asking."""

    role: Role


class Claim(Answer):
    """The one-time code that the terminal printed."""

    code: str = Field(min_length=1, max_length=64, examples=["q1pZ4bq3nD5cK0sVb8dO1w"])


class MapSettings(Answer):
    """The basemap, where one is configured."""

    style: str | None = Field(description="Address of a MapLibre style; null draws the areas on plain ground.")


class Release(Answer):
    """When numbers become public."""

    bin_s: int = Field(description="The narrowest bucket that is published, seconds.", examples=[900])
    delay_s: int = Field(description="How long after its end a bucket is published, seconds.", examples=[900])


class CityAnswer(Answer):
    """Whose numbers these are."""

    name: str = Field(examples=["Kota Contoh"])
    region: str = Field(description="Kemendagri region code; empty outside Indonesia.", examples=["33.74"])
    timezone: str = Field(description="IANA zone of the city's days.", examples=["Asia/Jakarta"])
    version: str
    now: AwareDatetime = Field(description="The server's clock.")
    demo: bool = Field(description="True when the footage is sample footage.")
    map: MapSettings
    release: Release


class IndicatorAnswer(Answer):
    """What one number means."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str = Field(description="family.name", examples=["visitors.person"])
    name: str = Field(examples=["person"])
    unit: str = Field(description="UCUM.", examples=["{passage}"])
    over_time: Literal["sum", "mean"] = Field(description="How it adds up over time.")
    over_places: Literal["yes", "cordon", "never"] = Field(description="Whether it may be summed over places.")
    places: tuple[Literal["line", "zone", "site", "flow", "camera"], ...] = Field(
        description="Kinds of place that have it; flow: a pair of lines; camera: the whole picture."
    )
    road_user: str | None = Field(description="The class it is about, where it is about one.", examples=["person"])
    edges: tuple[float, ...] = Field(
        default=(), description="Of a distribution, the edges between which its values are counted."
    )
    of: tuple[str, ...] = Field(
        default=(), description="What it is worked out of, whenever it is asked; empty where it is stored."
    )
    take: str = Field(
        default="", description="What it takes of them: mean, max, or a percentile such as p85.", examples=["p85"]
    )
    label: Words
    definition: Words
    source: str
    since: str


class FamilyAnswer(Answer):
    """Indicators that are measured together."""

    name: str = Field(examples=["visitors"])
    label: Words
    indicators: tuple[IndicatorAnswer, ...]


class IndicatorsAnswer(Answer):
    """Everything that is measured."""

    families: tuple[FamilyAnswer, ...]


class ServiceLevel(Answer):
    """One level of service."""

    letter: str = Field(examples=["C"])
    below: float | None = Field(description="It holds up to this value; null for the last one.")


class ServiceTable(Answer):
    """A table of levels of service, with the rule it is from."""

    id: str = Field(examples=["KM-14-2006"])
    source: str
    indicator: str = Field(description="What is looked up in it.", examples=["volume.ratio"])
    levels: tuple[ServiceLevel, ...]
    manual: str = Field(description="Manual of the passenger car equivalents and the capacity.", examples=["PKJI-2023"])
    road: str = Field(description="Type of road in that manual.", examples=["4/2-T"])


class PlaceAnswer(Answer):
    """A place that has numbers."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str = Field(examples=["pets.W"])
    name: str
    kind: PlaceKind
    camera: str | None = Field(description="The camera that sees it; null for imported places.")
    families: tuple[str, ...] = Field(examples=[["visitors", "traffic"]])
    forward_name: str = Field(description="Words for crossing from the line's left to its right.")
    backward_name: str = Field(description="Words for the other way.")
    lon: float | None = Field(description="WGS 84, degrees.")
    lat: float | None = Field(description="WGS 84, degrees.")
    timezone: str = Field(description="IANA zone its hours and days are local to.")
    source: str = Field(description="Who measured, or what footage it was measured on.")
    licence: str
    revision: int
    capacity: int = Field(
        default=0, description="Vehicles that fit into a parking zone; 0: not known, or no such zone."
    )
    validations: Validations = ()
    service: ServiceTable | None = Field(default=None, description="Levels of service of the road it is on, if told.")
    flows: bool = Field(default=False, description="Whether its camera counts trips between lines; see /flows.")
    first: AwareDatetime | None = Field(description="Start of the earliest stored bucket.")
    last: AwareDatetime | None = Field(description="End of the latest stored bucket.")


class PlacesAnswer(Answer):
    """Every place."""

    places: tuple[PlaceAnswer, ...]


class PolicyAnswer(Answer):
    """How a number is published, and who approved it."""

    rule: Literal["cells", "counted", "none", "closed"] = Field(
        description="cells: people, rounded cell by cell; counted: as counted; none: open already; closed: not public."
    )
    base: int | None = Field(description="cells: what hours are rounded to.", examples=[5])
    least: int | None = Field(description="cells: below it a count other than 0 is suppressed.", examples=[10])
    corrections: Literal["monthly"] | None = Field(
        description="cells: late data appear on the first of each month (UTC) only."
    )
    approved_by: str | None = Field(description="Who decided; null where no decision is needed or none was taken.")
    approved: AwareDatetime | None = Field(description="When.")


class Column(Answer):
    """One indicator's values, one for each bucket."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    indicator: str = Field(examples=["visitors.person"])
    unit: str
    over_time: Literal["sum", "mean"]
    label: Words
    values: tuple[float | None, ...] = Field(description="null where nothing was seen, or it is not published.")
    states: Annotated[
        tuple[State, ...],
        Field(
            description="For the public, what each value is: released; suppressed (1 to 9 people); missing (nobody watched); wider"
            " (published at the next tier only); held (not yet published); closed (not public). Empty for the signed-in.",
            json_schema_extra=lambda schema: schema.pop(
                "default", None
            ),  # may be left out, so that pages can do without
        ),
    ] = ()
    release: PolicyAnswer | None = Field(
        default=None, description="How it is published; null for the signed-in, who see it as counted."
    )


class Break(Answer):
    """From this bucket on, something else measured, the place was moved, or other places are added: don't compare across it."""

    t: AwareDatetime
    method: str
    revision: int


class GapSpan(Answer):
    """Nothing was seen here; this is not zero."""

    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    kind: Literal["outage", "fault", "moved", "unwatched"] = Field(
        description="outage: the camera was away; fault: its pictures were useless; moved: it looked elsewhere, so that there are"
        " no metres; unwatched: nobody looked."
    )
    reason: str = Field(description="Why; of cameras only for the room.")


class DoubtSpan(Answer):
    """A self-check found that the figures here do not agree with those around them; they were not changed."""

    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    sentence: Words


class ValidationAnswer(Answer):
    """Whether the figures of one indicator have been compared with the truth, and what came out."""

    indicator: str = Field(examples=["visitors.person"])
    direction: Way
    status: Literal["unvalidated", "validated", "expired"] = Field(
        description="expired: compared, but the method, the samples per second or the line has changed since."
    )
    accuracy: float | None = Field(
        default=None, description="(truth - missed - over) / truth; may be below 0.", examples=[0.9762]
    )
    interval: tuple[float, float] | None = Field(default=None, description="95 %, of the accuracy.")
    net_error: float | None = Field(
        default=None, description="Differences per line and direction ÷ truth; beside the accuracy, never instead."
    )
    n: int | None = Field(
        default=0,
        description="Labelled crossings that it rests on; null where the public has the status alone: the figure is not public, or n is below `needed`.",
        examples=[84],
    )
    needed: int = Field(description="Labelled crossings below which it stays unvalidated.", examples=[30])
    date: AwareDatetime | None = Field(default=None, description="When it was compared.")
    flagged: bool = Field(default=False, description="Less accurate than its class must be: cars 0.90, others 0.80.")
    scope: Literal["line", "camera"] | None = Field(
        default=None, description="Whether this line was compared, or all lines of its camera together."
    )
    lines: tuple[str, ...] = Field(default=(), description="The lines that were compared.", examples=[["W", "E"]])
    method: str = Field(default="", description="The method that was compared.")
    source: str = Field(default="", description="The truth: name of its file and the beginning of its SHA-256.")
    since: AwareDatetime | None = Field(
        default=None,
        description="Of a series: the status is that of the buckets from here on; earlier ones were measured otherwise.",
    )


Validations = Annotated[
    tuple[ValidationAnswer, ...],
    Field(
        description="One for each indicator that is counted.",
        json_schema_extra=lambda schema: schema.pop("default", None),  # may be left out, so that pages can do without
    ),
]


Shares = Annotated[
    tuple[Fraction | None, ...],
    Field(
        description="Share of each bucket's watched time in which the picture was dark, or it rained; empty where not known.",
        json_schema_extra=lambda schema: schema.pop("default", None),  # as above
    ),
]
Doubts = Annotated[
    tuple[DoubtSpan, ...],
    Field(
        description="Where a self-check of this place, or of what it is compared with, failed.",
        json_schema_extra=lambda schema: schema.pop("default", None),  # as above
    ),
]


class SeriesAnswer(Answer):
    """One place, some indicators of one family, one tier: a point for every bucket of the range."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    place: str
    tier: TierName
    direction: Way
    timezone: str = Field(description="IANA zone the buckets are local to.")
    from_: AwareDatetime = Field(serialization_alias="from", description="Start of the first bucket.")
    to: AwareDatetime = Field(description="End of the last bucket.")
    t: tuple[AwareDatetime, ...] = Field(description="Start of each bucket.")
    coverage: tuple[Fraction | None, ...] = Field(
        description="Observed ÷ scheduled (of a group: by all its places together); null while not released."
    )
    places: Annotated[
        tuple[int | None, ...],
        Field(
            description="Of a group, how many of its places each bucket is of; empty for a single place.",
            json_schema_extra=lambda schema: schema.pop(
                "default", None
            ),  # may be left out, so that pages can do without
        ),
    ] = ()
    provisional: tuple[bool, ...] = Field(description="Whether the bucket may still change.")
    held: tuple[bool, ...] = Field(description="Whether the bucket is not yet released to the public.")
    columns: tuple[Column, ...]
    breaks: tuple[Break, ...]
    gaps: tuple[GapSpan, ...]
    source: str
    licence: str
    validation: Literal["unvalidated", "validated", "expired"] = Field(
        default="unvalidated", description="The worst of `validations`: expired before unvalidated before validated."
    )
    validations: Validations = ()
    night: Shares = ()
    rain: Shares = ()
    doubts: Doubts = ()


class AreaProperties(Answer):
    """What is told of an area."""

    code: str = Field(examples=["33.74.01"])
    name: str


class Area(Answer):
    """A GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    properties: AreaProperties
    geometry: dict[str, object] | None = Field(description="GeoJSON geometry, WGS 84.")


class AreasAnswer(Answer):
    """A GeoJSON feature collection; empty where no areas are configured."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[Area, ...]
