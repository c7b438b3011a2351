"""The city's areas: a GeoJSON file, checked once at start, of which only geometry, code and name are told."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from pantau.errors import ConfigError
from pantau.serve.schema.portal import Area, AreaProperties, AreasAnswer


def load_areas(path: Path | None) -> bytes:
    """The areas as the API answers them; an empty collection without a file.

    Raises:
        ConfigError: the file can't be read or is no GeoJSON feature collection.
    """
    if path is None:
        return AreasAnswer(features=()).model_dump_json().encode()
    try:
        features = json.loads(path.read_text("utf-8"))["features"]
        areas = tuple(
            Area(
                properties=AreaProperties(
                    code=str(one["properties"].get("code", "")), name=str(one["properties"].get("name", ""))
                ),
                geometry=one["geometry"],
            )
            for one in features
        )
    except OSError as error:
        raise ConfigError(f"{path}: city.areas can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ConfigError(
            f"{path}: expected a GeoJSON FeatureCollection whose features have a geometry and properties code and name, "
            f"got {type(error).__name__}: {str(error)[:120]}"
        ) from error
    return AreasAnswer(features=areas).model_dump_json().encode()
