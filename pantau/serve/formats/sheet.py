"""A table on its way to a file: columns with their meaning, rows, and, for maps, where each row is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pantau.vocabulary import Text, fields, indicator

Cell = str | float | bool | datetime | None
Row = Sequence[Cell]
Geometry = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: its header.
        type: of its cells; a cell may always be None.
        unit: UCUM; empty where there is none.
    """

    name: str
    type: Literal["string", "number", "boolean", "datetime"]
    label: Text
    definition: Text
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table.

    Args:
        name: of the file, without its extension.
        columns: in order.
        rows: may be made while they are written; read once.
        geometries: GeoJSON geometry of each row; where there is none, columns ``lon`` and ``lat`` make a point.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    geometries: tuple[Geometry, ...] = ()


def beside(name: str) -> Column:
    """A column that stands beside indicators, as the vocabulary explains it."""
    known = fields()[name]
    return Column(name, known.type, known.label, known.definition)  # type: ignore[arg-type]  # checked where it is read


def value_of(name: str) -> Column:
    """The column of an indicator."""
    known = indicator(name)
    return Column(name, "number", known.label, known.definition, known.unit)


def state_of(name: str) -> Column:
    """The column that says what each value of an indicator is."""
    known, state = indicator(name), fields()["state"]
    label = Text(f"{known.label.id}: {state.label.id.lower()}", f"{known.label.en}: {state.label.en.lower()}")
    return Column(f"{name}.state", "string", label, state.definition)
