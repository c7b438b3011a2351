"""The file that says what counts could be worth: tariffs with their legal source, and what is assumed about the payers.

    [[potential]]
    id = "parkir-pandanaran"
    kind = "parking"                        # parking | retribution | vehicle_tax
    name = "Parkir tepi jalan, Jalan Pandanaran"
    places = ["pandanaran.masuk"]           # several only where the vocabulary lets them be added; or cordon = "city"
    indicator = "traffic.car"               # anything of the vocabulary that adds up over time
    direction = "forward"                   # of lines, of a cordon the way in; both when left out
    assumed_error = 0.2                     # share, used and shown where the count is not validated
    tariff = { amount = 2000, currency = "IDR", per = "parkir", legal = "Perda 10/2023, Lampiran II", since = 2024-01-01 }

    [[potential.assumption]]
    what = "bagian yang wajib membayar"     # a factor
    low = 0.6
    high = 0.9
    source = "survei Dishub, Maret 2026"

Vehicle tax asks for two things more: ``crossings_per_vehicle`` (how often one vehicle in use passes the declared screenlines in a
day, a range with its source) and ``registered`` (how many are registered, for comparison). It estimates **vehicles in use**,
never unique vehicles: nobody is recognised.

Crossings of several lines are added over a declared border and nothing else: ``cordon`` names the group that has one (`pantau.cordon_file`).

A tariff without currency or legal source, an assumption without source and an indicator that does not add up are refused.
Rejected: one number for an assumption (it would look like knowledge), and tariffs in the code.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from pantau.config import Strict, checked, read_toml
from pantau.errors import ConfigError
from pantau.potential.span import Span
from pantau.vocabulary import indicator

Kind = Literal["parking", "retribution", "vehicle_tax"]
DECLARE: Final = 'declare the border in a cordon file (`pantau apply`) and name its group, such as cordon = "city"'
Said = Annotated[str, Field(min_length=3)]


class Tariff(Strict):
    """What one of them costs, by which law, from when on."""

    amount: float = Field(gt=0, description="In the currency; of vehicle tax per vehicle and year.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as IDR.")
    per: Said = Field(description="What is paid for, in a word: parkir, karcis, tahun.")
    legal: Said = Field(description="Law or regulation, with its article or annex.")
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Tariff:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"the tariff ends ({self.until}) before it begins ({self.since})")
        return self


class Assumption(Strict):
    """A factor that nobody measured: between `low` and `high`, according to `source`."""

    what: Said
    low: float = Field(ge=0)
    high: float = Field(ge=0)
    source: Said

    @model_validator(mode="after")
    def _in_order(self) -> Assumption:
        if self.low > self.high:
            raise ValueError(f"{self.what!r}: expected low <= high, got {self.low} and {self.high}")
        return self

    @property
    def span(self) -> Span:
        """As a range."""
        return Span(self.low, self.high)


class Registered(Strict):
    """How many vehicles of the class are registered, according to whom."""

    n: int = Field(gt=0)
    source: Said
    year: int = Field(ge=1990, le=2100)


class Source(Strict):
    """One ``[[potential]]``."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    kind: Kind
    name: Said
    places: tuple[str, ...] = ()
    indicator: str
    direction: Literal["forward", "backward", "both"] = "both"
    cordon: str = Field(
        default="", description="The group over whose declared border it is counted, instead of places."
    )
    tariff: Tariff
    assumption: tuple[Assumption, ...] = ()
    assumed_error: float | None = Field(default=None, ge=0, lt=1)
    crossings_per_vehicle: Assumption | None = None
    registered: Registered | None = None

    @field_validator("places")
    @classmethod
    def _are_single(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        if doubled := sorted({p for p in places if places.count(p) > 1}):
            raise ValueError(f"place {doubled[0]!r} is there twice: its counts would be doubled")
        return places

    @field_validator("cordon", mode="before")
    @classmethod
    def _is_declared_elsewhere(cls, cordon: object) -> object:
        if isinstance(cordon, bool):
            raise ValueError(f"{str(cordon).lower()!r} is of older files: {DECLARE}, and take places out")  # noqa: TRY004  # pydantic's
        return cordon

    @field_validator("indicator")
    @classmethod
    def _adds_up(cls, name: str) -> str:
        try:
            known = indicator(name)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if known.over_time != "sum":
            raise ValueError(f"{name} is a state, not a number of events: it does not add up over a day")
        return name

    @model_validator(mode="after")
    def _may_be_added(self) -> Source:
        rule = indicator(self.indicator).over_places
        if len(self.places) > 1 and rule == "never":
            raise ValueError(
                f"{self.id!r}: {self.indicator} of several places is never added up; make an entry for each"
            )
        if len(self.places) > 1 and rule == "cordon":
            raise ValueError(
                f"{self.id!r}: {self.indicator} may only be added over a border, else one road user counts at each line; "
                f"make an entry for each, or {DECLARE} instead of places"
            )
        if self.cordon and rule != "cordon":
            raise ValueError(f"{self.id!r}: {self.indicator} is nothing that crosses a border; name places")
        if bool(self.places) == bool(self.cordon):
            raise ValueError(f"{self.id!r}: expected either places or a cordon")
        return self

    @model_validator(mode="after")
    def _tax_has_what_it_needs(self) -> Source:
        if self.kind == "vehicle_tax" and (self.crossings_per_vehicle is None or self.crossings_per_vehicle.low <= 0):
            raise ValueError(
                f"{self.id!r}: vehicle tax needs crossings_per_vehicle above 0 (what, low, high, source): crossings are no vehicles"
            )
        if self.kind != "vehicle_tax" and (self.crossings_per_vehicle or self.registered):
            raise ValueError(f"{self.id!r}: crossings_per_vehicle and registered belong to kind vehicle_tax")
        return self


class Plan(Strict):
    """A whole file."""

    potential: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_single(self) -> Plan:
        ids = [source.id for source in self.potential]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two entries have the id {doubled[0]!r}; rename one")
        return self


def load_plan(path: Path) -> Plan:
    """The plan in `path`.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    return checked(Plan, read_toml(path), path)
