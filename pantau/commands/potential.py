"""``pantau potential``: check a plan of potential revenue, and say what the counts could be worth."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.ingest.decode import wall_clock as now
from pantau.potential.estimate import Estimate
from pantau.potential.gather import Stretch, potential
from pantau.potential.plan import load_plan
from pantau.potential.span import Span
from pantau.store.control import Control
from pantau.store.store import Store

USUAL_DAYS = 30


def run_potential(plan: Path, days: tuple[str, str], settings: Settings, home: Path, *, as_json: bool) -> None:
    """Estimate every entry of a plan over local days (ISO dates, both included) and print it.

    Raises:
        PantauError: the plan, a date or the store is not what it must be; another process owns the store.
    """
    loaded, folder = load_plan(plan), settings.data.store_at(home)
    stretch = _stretch(days, settings.city.zone)
    control = Control.open(folder, clock=now)
    try:
        store = Store.open(folder, timezone=settings.city.zone, clock=now)
        try:
            found = list(potential(loaded, store, control, stretch))
        finally:
            store.close()
    finally:
        control.close()
    if as_json:
        for one in found:
            print(json.dumps(told(one)))  # the command's output
        return
    _show(found, stretch)


def _stretch(days: tuple[str, str], zone: str) -> Stretch:
    try:
        last = date.fromisoformat(days[1]) if days[1] else now().astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        first = date.fromisoformat(days[0]) if days[0] else last - timedelta(days=USUAL_DAYS - 1)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--from, --to: expected dates such as 2026-11-01: {error}") from error
    if first > last:
        raise ConfigError(f"--from {first} is after --to {last}")
    return Stretch(first, last, zone)


def told(one: Estimate) -> dict[str, object]:
    """An estimate as JSON; labelled, because it will be copied."""
    return {
        "label": "potensi",
        "id": one.source.id,
        "kind": one.source.kind,
        "worth": _pair(one.worth),
        "currency": one.source.tariff.currency,
        "events": _pair(one.events),
        "registered_share": _pair(one.registered_share),
        "counted": one.counted,
        "days": one.days,
        "days_left_out": one.days_left_out,
        "coverage": round(one.coverage, 4),
        "trust": one.trust,
        "accuracy": one.accuracy,
        "legal": one.source.tariff.legal,
        "reason": one.reason,
    }


def _pair(span: Span | None) -> list[float] | None:
    return [round(span.low, 4), round(span.high, 4)] if span else None


def _show(found: list[Estimate], stretch: Stretch) -> None:
    table = Table(title=f"Potensi, bukan tagihan · potential, not a demand · {stretch.first} - {stretch.last}")
    for column in ("entry", "kind"):
        table.add_column(column)
    for column in ("worth", "events", "days", "coverage"):
        table.add_column(column, justify="right")
    table.add_column("error of the counts, law, reason")
    for one in found:
        tariff = one.source.tariff
        worth = f"{tariff.currency} {one.worth.low:,.0f} - {one.worth.high:,.0f}" if one.worth else "-"
        events = f"{one.events.low:,.0f} - {one.events.high:,.0f}" if one.events else f"{one.counted:,.0f} counted"
        days = f"{one.days} of {one.days + one.days_left_out}"
        said = one.reason or f"{one.trust} {one.accuracy}; {tariff.legal}"
        table.add_row(one.source.name, one.source.kind, worth, events, days, f"{one.coverage:.0%}", said)
    Console().print(table)
