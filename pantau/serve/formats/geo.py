"""GeoJSON (RFC 7946): a feature for each row, its cells as properties; a row that is nowhere has no geometry."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pantau.serve.formats.plain import plain
from pantau.serve.formats.sheet import Geometry, Row, Sheet

CHUNK_ROWS = 1000


def pieces(sheet: Sheet) -> Iterator[bytes]:
    """A feature collection."""
    yield b'{"type": "FeatureCollection", "features": ['
    names = [column.name for column in sheet.columns]
    waiting: list[str] = []
    comma = ""
    for i, row in enumerate(sheet.rows):
        cells = {name: plain(cell) for name, cell in zip(names, row, strict=True)}
        geometry = sheet.geometries[i] if sheet.geometries else _point(names, row)
        properties = {name: cell for name, cell in cells.items() if name not in {"lon", "lat"}}
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        waiting.append(json.dumps(feature, ensure_ascii=False))
        if len(waiting) == CHUNK_ROWS:
            yield (comma + ",\n".join(waiting)).encode()
            waiting, comma = [], ",\n"
    yield ((comma if waiting else "") + ",\n".join(waiting)).encode() + b"]}\n"


def _point(names: list[str], row: Row) -> Geometry:
    cells = dict(zip(names, row, strict=True))
    lon, lat = cells.get("lon"), cells.get("lat")
    return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
