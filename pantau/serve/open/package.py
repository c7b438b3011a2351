"""A dataset as a Data Package (v2.0, 2024): what its files are and what each of their columns means.

Source: https://datapackage.org/standard/data-package/ and /table-schema/. The schema describes the CSV; types are those of Table Schema.
"""

from __future__ import annotations

from pantau.serve.formats import FORMATS
from pantau.serve.formats.sheet import Column
from pantau.serve.open.datasets import Dataset
from pantau.serve.open.satu_data import title
from pantau.serve.open.sheets import columns_of
from pantau.serve.services import CityFacts

SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"


def package(one: Dataset, city: CityFacts, base: str, version: str) -> dict[str, object]:
    """The descriptor; addresses begin with `base`."""
    columns = columns_of(tuple(i.id for i in one.indicators))
    name = one.family.name.replace("_", "-")
    data = f"{base}/api/v1/open/datasets/{one.family.name}/data"
    return {
        "$schema": SCHEMA,
        "name": f"pantau-{name}",
        "title": title(one.family, city),
        "description": one.family.concept.id,
        "version": "1.0.0",
        "created": one.last.isoformat(),
        "keywords": [one.family.label.id, one.family.label.en, city.name],
        "homepage": f"{base}/portal",
        "licenses": [{"path": city.licence, "title": city.licence}],
        "contributors": [{"title": city.name, "roles": ["publisher"]}],
        "sources": [{"title": f"Pantau {version}"}],
        "resources": [
            {
                "name": f"{name}-{key}",
                "path": f"{data}.{key}",
                "format": form.extension,
                "mediatype": form.iana,
                "encoding": "utf-8",
                **(
                    {"type": "table", "dialect": _dialect(key), "schema": _schema(columns, key)}
                    if form.eu == "CSV"
                    else {}
                ),
            }
            for key, form in FORMATS.items()
        ],
    }


def _dialect(key: str) -> dict[str, object]:
    return {"delimiter": ";" if key == "excel" else ",", "lineTerminator": "\r\n", "header": True}


def _schema(columns: tuple[Column, ...], key: str) -> dict[str, object]:
    return {
        "$schema": TABLE_SCHEMA,
        "fields": [
            {
                "name": column.name,
                "title": column.label.id,
                "description": column.definition.id,
                "type": column.type,
                **({"unit": column.unit} if column.unit else {}),
                **({"decimalChar": ","} if column.type == "number" and key == "excel" else {}),
            }
            for column in columns
        ],
        "primaryKey": ["start", "place", "direction"],
        "missingValues": [""],
    }
