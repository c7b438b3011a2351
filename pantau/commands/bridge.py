"""A bridge from one detector to another, for a person, a program and a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from pantau.evaluate.bridge import ALL, ENOUGH, FEWEST, WHOLE, Bridge, Row

HOUR_S = 3600.0
COLUMNS = (
    "old_method", "new_method", "place", "revision", "direction", "class", "kind", "old", "new", "both", "only_old",
    "only_new", "ratio", "low", "high", "enough", "hours", "share_seen",
)  # fmt: skip


def told(bridge: Bridge) -> dict[str, object]:
    """As an object of JSON."""
    facts = {k: v for k, v in asdict(bridge).items() if k not in {"rows", "watched_s", "left_out_s", "start", "end"}}
    return facts | {
        "start": bridge.start.isoformat(),
        "end": bridge.end.isoformat(),
        "hours": round(bridge.watched_s / HOUR_S, 3),
        "left_out_hours": round(bridge.left_out_s / HOUR_S, 3),
        "share": round(bridge.share, 4),
        "rows": [_fields(row) for row in bridge.rows],
    }


def _fields(row: Row) -> dict[str, object]:
    low, high = row.interval or (None, None)
    kind = "inside" if row.inside else "crossings"
    return {
        "place": row.place,
        "revision": row.revision or None,
        "direction": row.direction,
        "class": row.road_user,
        "kind": kind,
        "old": round(row.old, 3) if row.inside else int(row.old),
        "new": round(row.new, 3) if row.inside else int(row.new),
        "both": None if row.inside else row.both,
        "only_old": None if row.inside else int(row.old) - row.both,
        "only_new": None if row.inside else int(row.new) - row.both,
        "ratio": _rounded(row.ratio),
        "low": _rounded(low),
        "high": _rounded(high),
        "enough": not row.few,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def sheet(bridges: Iterable[Bridge]) -> str:
    """Every row as CSV with a head."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for bridge in bridges:
        facts = {
            "old_method": bridge.old,
            "new_method": bridge.new,
            "hours": round(bridge.watched_s / HOUR_S, 3),
            "share_seen": round(bridge.share, 4),
        }
        writer.writerows(facts | _fields(row) for row in bridge.rows)
    return out.getvalue().rstrip("\n")


def words(bridge: Bridge) -> Iterator[str]:
    """What it comes to, in sentences, then the table."""
    yield f"old  {bridge.old}"
    yield f"new  {bridge.new}"
    left_out = f"; {_span(bridge.left_out_s)} left out, with less than {WHOLE:.0%}" if bridge.left_out_s else ""
    cameras = ", ".join(bridge.cameras)
    yield f"{_span(bridge.watched_s)} compared on {cameras}; both saw {bridge.share:.0%} of the samples{left_out}"
    if bridge.thin:
        yield (
            "TOO LITTLE IDLE TIME: no stretch had enough samples, so both were counted on those that both saw. Neither detector "
            "runs at that cadence, so the ratio may be another: try fewer cameras, or a computer with more idle time"
        )
    if pooled := next((row for row in bridge.rows if not row.place and row.road_user == ALL), None):
        yield _verdict(pooled)
    else:
        yield "nothing crossed a line: there is no ratio yet"
    yield from _table(bridge.rows)


def _span(seconds: float) -> str:
    return f"{seconds / HOUR_S:.1f} hours" if seconds >= 2 * HOUR_S else f"{seconds / 60:.1f} minutes"


def _verdict(row: Row) -> str:
    if row.ratio is None:
        return f"the old one counted nothing, the new one {row.new:.0f}: there is no ratio yet"
    agreed = f"{row.both} crossings both counted, {row.old - row.both:.0f} only the old one, {row.new - row.both:.0f} only the new one"
    if row.few:
        return f"too few crossings to say more ({row.old:.0f} by the old one, {ENOUGH} are needed); {agreed}"
    if row.interval is None:
        return f"new ÷ old = {row.ratio:.3f}, without an interval: that needs {FEWEST} stretches of time; {agreed}"
    low, high = row.interval
    change = "up" if low > 1 else "down" if high < 1 else "perhaps not at all"
    return f"new ÷ old = {row.ratio:.3f} (95 % {low:.3f} to {high:.3f}): counts go {change}; {agreed}"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    table = Table()
    for name in ("place", "direction", "class"):
        table.add_column(name)
    for name in ("old", "new", "both", "new ÷ old", "95 %"):
        table.add_column(name, justify="right")
    for row in rows:
        form = "{:.2f}" if row.inside else "{:.0f}"
        where = row.place + (f" (revision {row.revision})" if row.revision > 1 else "")
        ratio = "-" if row.ratio is None else f"{row.ratio:.3f}" + (" few" if row.few else "")
        interval = "-" if row.interval is None else f"{row.interval[0]:.2f} to {row.interval[1]:.2f}"
        table.add_row(
            where or "all lines",
            "inside" if row.inside else row.direction or "both",
            row.road_user or "all",
            form.format(row.old),
            form.format(row.new),
            "" if row.inside else str(row.both),
            ratio,
            interval,
        )
    console = Console(width=110, file=io.StringIO())
    console.print(table)
    yield str(console.file.getvalue()).rstrip("\n")  # type: ignore[attr-defined]  # the StringIO above
