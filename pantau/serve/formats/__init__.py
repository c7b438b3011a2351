"""Formats that a table can be had in: one module for each, and a literal dict of them.

A format takes a `Sheet` (columns that the vocabulary explains, and rows) and gives pieces of a file. A new one (NGSI-LD, SensorThings, ODS) is a
module with `pieces` and a line in `FORMATS`; routes, packages and the catalogue find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pantau.serve.formats import comma, geo, parquet, plain
from pantau.serve.formats.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Format:
    """How a table is written.

    Args:
        pieces: the file, piece by piece.
        media_type: with its parameters.
        extension: of the file's name.
        iana: the media type alone, as the catalogue names it.
        eu: code of the EU authority table of file types, which DCAT-AP uses.
    """

    pieces: Callable[[Sheet], Iterator[bytes]]
    media_type: str
    extension: str
    iana: str
    eu: str


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format(comma.pieces, "text/csv; charset=utf-8; header=present", "csv", "text/csv", "CSV"),
    "excel": Format(comma.excel_pieces, "text/csv; charset=utf-8; header=present", "csv", "text/csv", "CSV"),
    "json": Format(plain.pieces, "application/json", "json", "application/json", "JSON"),
    "geojson": Format(geo.pieces, "application/geo+json", "geojson", "application/geo+json", "GEOJSON"),
    "parquet": Format(
        parquet.pieces, "application/vnd.apache.parquet", "parquet", "application/vnd.apache.parquet", "PARQUET"
    ),
}
"""By the name in an address: ``excel`` is the CSV that an Indonesian Excel opens, with ``;`` and a decimal comma."""
