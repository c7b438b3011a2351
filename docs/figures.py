"""Measured figures in pages: made from `bench/results.json`, between marks, each with the command that measured it.

    <!-- figures: counting.pets store -->      ← a bench, or a bench and the beginning of its keys
    …table…
    <!-- /figures -->

Without results the section says that nothing was measured yet: a figure is never written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.all import name_of
from docs.figure_rows import FIGURES, Figure

MARKS = re.compile(r"(<!-- figures: ([a-z0-9_. ]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)


def section(names: tuple[str, ...], results: list[dict[str, Any]]) -> str:
    """The table of the figures called so, or the sentence that there are none."""
    measured = {name_of(result): result for result in results}
    rows, benches = [], []
    for figure in FIGURES:
        flat = _flat(measured.get(figure.bench, {}).get("figures", {}))
        if _is_asked(figure, names) and flat.get(figure.key) is not None:
            rows.append(
                f"| {figure.words} | {_value(figure, flat)} | `python -m bench.{figure.bench.partition('.')[0]}` |"
            )
            benches.append(figure.bench)
    if not rows:
        commands = ", ".join(
            f"`python -m bench.{bench}`" for bench in dict.fromkeys(n.partition(".")[0] for n in names)
        )
        return f"Not measured yet; the figures come from {commands}.\n"
    machines = sorted({str(measured[name]["machine"]) for name in benches if measured[name].get("machine")})
    meaning = " Accuracy is (truth - missed - over) / truth over settled crossings." if "counting" in benches else ""
    on = f"\nMeasured on {'; '.join(machines)}.{meaning}\n"
    return "\n".join(["| measured | figure | command |", "|---|---|---|", *rows]) + "\n" + (on if machines else "")


def _is_asked(figure: Figure, names: tuple[str, ...]) -> bool:
    """Whether a page's names mean this figure; the peers of a clip belong to the clip."""
    key = re.sub(r"^peers\.\w+\.", "", figure.key)
    return any(f"{figure.bench}.{key}.".startswith(f"{name}.") for name in names)


def with_figures(root: Path) -> dict[Path, str]:
    """README and the methods pages with their sections as they should be."""
    path = root / "bench" / "results.json"
    results = json.loads(path.read_text("utf-8")) if path.is_file() else []
    pages = [root / "README.md", *sorted((root / "docs" / "methods").glob("*.md"))]
    texts = {page: page.read_text("utf-8") for page in pages if page.is_file()}
    return {page: filled(text, results) for page, text in texts.items() if MARKS.search(text)}


def filled(text: str, results: list[dict[str, Any]]) -> str:
    """`text` with what stands between its marks made anew."""
    return MARKS.sub(lambda found: f"{found[1]}{section(tuple(found[2].split()), results)}{found[3]}", text)


def _value(figure: Figure, flat: Mapping[str, Any]) -> str:
    interval = flat.get(figure.interval)
    value = figure.form.format(flat[figure.key])
    if not interval:
        return value
    low, high = interval
    return f"{value} ({figure.form.format(low)} to {figure.form.format(high)})"


def _flat(figures: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Figures by dotted key, whether they came nested or dotted already."""
    flat: dict[str, Any] = {}
    for key, value in figures.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat
