"""Rule files: what a city wants to be warned of, and who is told, as TOML that a person writes.

    [[rule]]
    id = "pelataran-ramai"
    name = "Pelataran ramai"
    place = "pets.pelataran"            # or a list; * stands for anything
    indicator = "visitors.inside"
    above = 6                           # fires when it is above this for hold_s,
    clear = 4                           # is resolved when it is at most this
    hold_s = 5

    [[notify]]
    id = "sirene"
    url = "http://192.168.1.20/sirene"
    secret = "whsec_…"                  # sealed apart, never exported

``pantau apply FILE`` takes such a file as it takes camera files; ``pantau export`` gives it back. A file is refused as a
whole, and it says everything: a rule that is not in it any more is gone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError, field_validator

from pantau.alarm import Severity
from pantau.alert.rules import Kind, Rule
from pantau.alert.targets import Target
from pantau.config import Strict, checked, checked_address, read_toml
from pantau.errors import ConfigError
from pantau.layout import Slug
from pantau.places import Direction
from pantau.schedule import Hours

T = TypeVar("T", bound=Strict)
Seconds = Annotated[float, Field(ge=0.0, le=86_400.0)]
PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


class RuleEntry(Strict):
    """One ``[[rule]]``."""

    id: Slug
    name: str = Field(default="", max_length=120, description="Name shown; the id when empty.")
    kind: Kind = Field(default="threshold", description="`threshold`, `rate`, `absence` or `dwell`.")
    place: str | tuple[str, ...] = Field(description="Id of a place, or several; `*` stands for anything.")
    indicator: str = Field(default="", description="What it watches, an id of the vocabulary.")
    event: str = Field(
        default="",
        description="Or a kind of event: `dwell`, `crossing`, `stay`, `outage`, `congestion`, `moved`, `litter`, `taught`, `fault`, `unread`.",
    )
    direction: Direction = Field(default="", description="`forward` or `backward` of a line; empty: both together.")
    above: float | None = Field(default=None, description="It fires above this.")
    below: float | None = Field(default=None, description="Or below this.")
    clear: float | None = Field(default=None, description="Where it is resolved; the limit itself when empty.")
    over_s: Seconds = Field(default=0.0, description="Window: whole minutes, s; 0: the newest value of a state.")
    hold_s: Seconds = Field(default=0.0, description="How long it must hold before it fires, s.")
    clear_s: Seconds = Field(default=0.0, description="How long it must be back before it is resolved, s.")
    severity: Severity = Field(default="warning", description="`info`, `warning` or `critical`: how it sounds.")
    schedule: Hours = Field(default="", description="When it holds, local time, such as `Mo-Fr 06:00-22:00`.")
    snooze_s: Seconds = Field(default=1800.0, description="Quiet at a place after *bukan*, s.")
    action: str = Field(default="", max_length=300, description="What to do about it, in a sentence.")
    enabled: bool = Field(default=True, description="False keeps it without watching.")

    def rule(self, revision: int = 1) -> Rule:
        """The entry as a `Rule`."""
        said = self.model_dump(exclude={"place", "name"})
        places = (self.place,) if isinstance(self.place, str) else self.place
        if self.kind == "dwell" and not self.event:
            said["event"] = "dwell"
        return Rule(**said, name=self.name or self.id, places=places, revision=revision)


class NotifyEntry(Strict):
    """One ``[[notify]]``."""

    id: Slug
    url: str = Field(description="Address that gets a POST (Standard Webhooks).")
    secret: str = Field(default="", description="`whsec_` and base64 of 24 to 64 bytes; sealed apart, never exported.")
    severity: Severity = Field(default="info", description="From this severity on.")
    rule: str | tuple[str, ...] = Field(default="*", description="Only these rules; `*` stands for anything.")
    on: tuple[str, ...] = Field(
        default=("firing", "resolved"), description="Which states are told: `firing`, `resolved`."
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        return checked_address(url)

    @field_validator("secret")
    @classmethod
    def _is_a_secret(cls, secret: str) -> str:
        if secret:
            check_secret(secret)
        return secret

    @field_validator("on")
    @classmethod
    def _are_states(cls, on: tuple[str, ...]) -> tuple[str, ...]:
        if not on or set(on) - {"firing", "resolved"}:
            raise ValueError("expected firing, resolved, or both")
        return on


class RuleFile(Strict):
    """A whole rule file."""

    rule: tuple[RuleEntry, ...] = ()
    notify: tuple[NotifyEntry, ...] = ()


def rules_of(entries: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules out of entries as the control database gives them, each with its revision.

    Raises:
        ConfigError: an entry was written by a newer Pantau.
    """
    return tuple(
        _stored(RuleEntry, {key: value for key, value in entry.items() if key != "revision"}).rule(entry["revision"])
        for entry in entries
    )


def targets_of(entries: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Targets out of entries as the control database gives them.

    Raises:
        ConfigError: an entry was written by a newer Pantau.
    """
    found = [_stored(NotifyEntry, entry) for entry in entries]
    return tuple(
        Target(id=e.id, url=e.url, severity=e.severity, rules=(e.rule,) if isinstance(e.rule, str) else e.rule, on=e.on)
        for e in found
    )


def _stored(model: type[T], entry: Mapping[str, Any]) -> T:
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        raise ConfigError(f"rule {entry.get('id')!r} of the control database can't be read: {error}") from error


def check_secret(secret: str) -> None:
    """Refuse what is no secret of Standard Webhooks; the message does not repeat it.

    Raises:
        ValueError: it is none.
    """
    try:
        size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    except binascii.Error:
        size = 0
    if not secret.startswith(PREFIX) or size not in SECRET_BYTES:
        raise ValueError(
            "expected whsec_ and base64 of 24 to 64 bytes; make one: echo whsec_$(openssl rand -base64 24)"
        )


def is_rule_file(path: Path) -> bool:
    """Whether the file says rules or whom to notify, and no cameras.

    Raises:
        ConfigError: it can't be read, or says both.
    """
    tables = set(read_toml(path))
    if tables & {"rule", "notify"} and "camera" in tables:
        raise ConfigError(f"{path}: cameras and rules are two files: apply the cameras first, then the rules")
    return bool(tables & {"rule", "notify"})


def load_rule_file(path: Path) -> RuleFile:
    """What `path` says.

    Raises:
        ConfigError: it can't be read or says something it must not; every fault is named.
    """
    found = checked(RuleFile, read_toml(path), path)
    for what, ids in (("rules", [r.id for r in found.rule]), ("notify entries", [n.id for n in found.notify])):
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ConfigError(f"{path}: two {what} have the id {doubled[0]!r}; rename one, nothing was changed")
    return found


def written(entry: RuleEntry | NotifyEntry) -> dict[str, Any]:
    """An entry without defaults and without its secret, ready to be written as TOML."""
    return entry.model_dump(mode="json", exclude_defaults=True, exclude={"secret"})
