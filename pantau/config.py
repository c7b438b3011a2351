"""Settings of an installation (`pantau.toml`), read into frozen values, and how addresses are written down.

`pantau.toml` holds the installation only; cameras and places live in the control database and in camera files
(`pantau.camera_file`). Each key has a default, a unit and a sentence; an unknown key is refused with the nearest known
one. Rejected: YAML (a country code that turns into ``false``), and settings from the environment (nobody sees them).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pantau.errors import ConfigError
from pantau.vocabulary import levels

T = TypeVar("T", bound=BaseModel)
MOST_SHOWN = 80
REGION = r"^(\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?)?$"
"""Kemendagri codes: province, city, district, village."""
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{20,512}")
"""What may stand behind ``Bearer`` (RFC 6750), and is too long to be guessed."""
SECRET_KEYS = frozenset(
    {"password", "passwd", "pass", "pwd", "psw", "loginpas", "token", "auth", "key", "apikey", "api_key", "secret"}
)
"""Keys of an address's query that hold what must not be seen."""

_ZONE_OF_PROVINCE = {
    **dict.fromkeys(
        ["11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "61", "62"],
        "Asia/Jakarta",
    ),
    **dict.fromkeys(["51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"], "Asia/Makassar"),
    **dict.fromkeys(["81", "82", "91", "92", "93", "94", "95", "96"], "Asia/Jayapura"),
}
"""Kemendagri province code → IANA zone: Keppres 41/1987 (WIB, WITA, WIT)."""


class Strict(BaseModel):
    """A table of a TOML file that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class City(Strict):
    """Who runs this installation."""

    name: str = Field(default="Kota", description="Name shown in the top bar.")
    region: str = Field(
        default="",
        pattern=REGION,
        description="Kemendagri region code, such as 33.74; the time zone is derived from it.",
    )
    timezone: str = Field(
        default="", description="IANA zone; only needed outside Indonesia or to overrule the region's."
    )
    areas: str = Field(default="", description="GeoJSON file of the city's areas, with properties `code` and `name`.")
    map_style: str = Field(default="", description="MapLibre style file or address for a basemap; none is needed.")
    licence: str = Field(
        default="https://creativecommons.org/licenses/by/4.0/",
        pattern=r"^https?://\S+$",
        description="Address of the licence under which the city publishes its numbers.",
    )
    leave: str = Field(
        default="",
        description="TOML file of days off that were decreed (*cuti bersama*), each with its name and decree, see the how-to.",
    )
    potential: str = Field(
        default="", description="TOML file of tariffs and assumptions: what counts could be worth, see the how-to."
    )

    @model_validator(mode="after")
    def _zone_is_known(self) -> City:
        if not self.timezone and self.region and self.region[:2] not in _ZONE_OF_PROVINCE:
            raise ValueError(f"region {self.region!r} begins with no Indonesian province code; set city.timezone")
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"{self.timezone!r} is no IANA time zone, such as Asia/Makassar") from error
        return self

    @property
    def zone(self) -> str:
        """IANA time zone of local days and months.

        Raises:
            ConfigError: neither region nor timezone is set; it is never silently assumed.
        """
        if self.timezone:
            return self.timezone
        if self.region:
            return _ZONE_OF_PROVINCE[self.region[:2]]
        raise ConfigError(
            "set city.region (such as 33.74) or city.timezone in pantau.toml: days and months need a zone"
        )


class Server(Strict):
    """Where the pages are served."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; any but loopback is refused without an account."
    )
    port: int = Field(default=8600, ge=1, le=65535, description="TCP port.")
    metrics_token: str = Field(
        default="",
        repr=False,
        description="Secret with which Prometheus reads `/metrics`, 20 or more of the letters, digits and `-._~+/=`; without one only the signed-in read it.",
    )

    @field_validator("metrics_token", mode="before")
    @classmethod
    def _token_is_long(cls, token: object) -> object:
        """Checked here and first, because what pydantic says of a wrong value shows it."""
        if token != "" and not (isinstance(token, str) and TOKEN.fullmatch(token)):
            raise ValueError(
                "expected 20 or more of the letters, digits and -._~+/=, such as `openssl rand -hex 24` gives"
            )
        return token


class Data(Strict):
    """Where numbers are kept."""

    folder: str = Field(
        default="data", description="Folder of the store, relative to pantau.toml; one process owns it."
    )
    models: str = Field(default="", description="Folder of fetched models; empty means `models` in the data folder.")

    def store_at(self, home: Path) -> Path:
        """The data folder of an installation whose pantau.toml is in `home`."""
        return home / self.folder

    def models_at(self, home: Path) -> Path:
        """Where that installation keeps fetched models."""
        return home / self.models if self.models else self.store_at(home) / "models"


class See(Strict):
    """How pictures are looked at."""

    precision: str = Field(
        default="auto", pattern="^(auto|f32|bf16)$", description="auto measures at start and keeps the faster."
    )
    device: str = Field(
        default="auto",
        pattern="^(auto|cpu|cuda)$",
        description="What detectors run on: auto takes an Nvidia card where its driver and onnxruntime-gpu are both there.",
    )
    gate: bool = Field(
        default=True, description="Decode of a live camera only what moves; off: every frame is decoded."
    )
    hold_s: float = Field(
        default=1.2,
        ge=0,
        le=4.5,
        description="Where crossings are counted or a danger zone is watched: a camera whose key frames are further apart, seconds, is decoded whole and only the detector rests; "
        "longer saves decoding and may miss who passes between two key frames.",
    )
    patches: bool = Field(
        default=False,
        description="Look anew only at the parts of a picture that have changed, packed together: cheaper where little moves, and other boxes by a little. For detectors with a free "
        "size, on a CPU.",
    )


class Alert(Strict):
    """What is kept beside alarms."""

    picture_days: int = Field(
        default=30, ge=0, le=3650, description="Days that the redacted pictures of an alarm are kept; 0: none are."
    )
    picture_megabytes: int = Field(default=500, ge=1, description="Megabytes of them in all; the oldest go first.")


class Keep(Strict):
    """How long numbers are kept; 0 is for ever. What is older can't be changed by late data any more."""

    hot_days: int = Field(
        default=2,
        ge=1,
        le=60,
        description="Days, today among them, whose minutes are in the table; older ones are sealed.",
    )
    minute_days: int = Field(
        default=90, ge=0, le=36_500, description="Days that minutes are kept: 256 MB a day for 10,000 cameras."
    )
    quarter_hour_days: int = Field(default=730, ge=0, le=36_500, description="Days that quarters of an hour are kept.")
    hour_days: int = Field(
        default=0, ge=0, le=36_500, description="Days that hours are kept; days and months always are."
    )

    @model_validator(mode="after")
    def _wider_is_longer(self) -> Keep:
        spans = [days or 10**9 for days in (self.hot_days, self.minute_days, self.quarter_hour_days, self.hour_days)]
        if spans != sorted(spans):
            raise ValueError("expected hot_days ≤ minute_days ≤ quarter_hour_days ≤ hour_days (0 is for ever)")
        return self


class Levels(Strict):
    """What is aimed for of each service level, in the room and in `/api/v1/levels`; what each is says the vocabulary."""

    availability: float = Field(
        default=levels()["availability"].target,
        gt=0,
        le=1,
        description="Share of the last whole day's camera-minutes that should be watched, at least: 0.95 is 95 %.",
    )
    freshness: float = Field(
        default=levels()["freshness"].target,
        gt=0,
        le=3600,
        description="Seconds from the capture of a picture until its numbers are kept, at most, of 95 % of the samples.",
    )
    alarm_latency: float = Field(
        default=levels()["alarm_latency"].target,
        gt=0,
        le=3600,
        description="Seconds from the reading that fulfils a rule until its alarm sounds, at most, of 95 % of the alarms.",
    )


class Settings(Strict):
    """Everything in pantau.toml."""

    city: City = City()
    server: Server = Server()
    data: Data = Data()
    keep: Keep = Keep()
    see: See = See()
    alert: Alert = Alert()
    levels: Levels = Levels()


def load_settings(path: Path | None) -> Settings:
    """The settings in `path`, or the defaults when there is none.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    return checked(Settings, read_toml(path), path) if path is not None else Settings()


def split_credentials(address: str) -> tuple[str, tuple[str, str] | None]:
    """An address without user and password, and these two apart."""
    parts = urlsplit(address)
    if "://" not in address or parts.username is None:
        return address, None
    host = parts.netloc.rpartition("@")[2]
    public = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return public, (unquote(parts.username), unquote(parts.password or ""))


def checked_address(address: str) -> str:
    """`address`, when it can be taken apart into a public part and credentials.

    Raises:
        ValueError: a network address whose password or port can't be told apart, or whose query holds a secret; the
            message does not repeat it.
    """
    if "://" not in address:
        return address
    parts = urlsplit(address)
    rest = parts.path + parts.query + parts.fragment
    if "@" in rest or parts.netloc.count("@") > 1:
        raise ValueError(
            "a '@' stands after the host: write /, #, ? and @ in a user name or password as %2F, %23, %3F, %40"
        )
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("the port is no number from 1 to 65535") from error
    secret = sorted({key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)} & SECRET_KEYS)
    if secret:
        raise ValueError(
            f"the query holds {secret[0]!r}, which would be stored and exported in the open; write the credentials as "
            "scheme://user:password@host/…, where they are sealed apart"
        )
    return address


def public_address(address: str) -> str:
    """How an address is named in messages: never with credentials or a query, which may hold tokens."""
    public = split_credentials(address)[0]
    return public.split("?", 1)[0] if "://" in public else public


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: it can't be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error


def checked(model: type[T], table: dict[str, Any], path: Path) -> T:
    """`table` as a `model`.

    Raises:
        ConfigError: it says something it must not; every fault is named.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(explain(error, path, _keys(model))) from error


def explain(error: ValidationError, path: Path, known: set[str] | None = None) -> str:
    """Every fault of a file in words: where, what was expected, what came."""
    faults = []
    all_faults = error.errors()
    for fault in all_faults:
        depth = len(fault["loc"])
        if fault["type"] == "too_short" and any(
            f["loc"][:depth] == fault["loc"] and f is not fault for f in all_faults
        ):
            continue  # a list that is only short because its faulty entries were left out
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in fault["loc"]).lstrip(".")
        text = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            text = f"unknown key{_suggestion(str(fault['loc'][-1]), known or set())}"
        elif fault["type"] not in {"value_error", "missing"}:
            text = f"{text}, got {_shown(fault['input'])}"
        faults.append(f"  {where or 'file'}: {text}")
    return f"{path}: {len(faults)} fault(s), nothing was changed\n" + "\n".join(faults)


def _shown(value: object) -> str:
    """A value as it may stand in a message: what could hold an address, and so a password, is named by its kind only."""
    if isinstance(value, bool | int | float) or (
        isinstance(value, str) and len(value) <= MOST_SHOWN and "/" not in value
    ):
        return repr(value)
    return {"str": "a longer text", "dict": "a table", "list": "a list"}.get(type(value).__name__, type(value).__name__)


def _suggestion(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _keys(annotation: object) -> set[str]:
    """Names of all fields of a model and of the models inside it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        return set(fields).union(*(_keys(field.annotation) for field in fields.values()))
    return set().union(*(_keys(part) for part in get_args(annotation)))
