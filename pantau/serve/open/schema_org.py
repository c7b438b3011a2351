"""What others read of a place's page in its head: schema.org/Dataset as JSON-LD for search engines, its feed for readers.

Source: https://schema.org/Dataset and Google's "Dataset structured data" (name, description, licence, distribution, extent). A block of data
is no script: no content security policy is loosened for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from pantau.places import Place, Site
from pantau.serve.open.datasets import Dataset
from pantau.serve.services import CityFacts, Services

SHORTEST = 50
"""Characters that search engines want of a description."""


def head(document: str, services: Services, found: Sequence[Dataset], place: Place, base: str) -> str:
    """The page with its block of data and its feed; as it was where the place publishes nothing."""
    mine = [one for one in found if place.id in one.places]
    if not mine:
        return document
    block = _block(_described(mine, services.city, place, services, base))
    return document.replace("</head>", f"{_follow(place, base)}{block}</head>", 1)


def catalogue(document: str, found: Sequence[Dataset], city: CityFacts, base: str) -> str:
    """The page about the data with all datasets as a block of data; as it was where nothing is published."""
    if not found:
        return document
    api = f"{base}/api/v1/open/datasets"
    described = {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": f"{base}/portal/about",
        "url": f"{base}/portal/about",
        "name": f"Data terbuka {city.name}",
        "license": city.licence,
        "inLanguage": ["id", "en"],
        "creator": {"@type": "GovernmentOrganization", "name": city.name},
        "dataset": [
            {
                "@type": "Dataset",
                "@id": f"{api}/{one.family.name}",
                "url": f"{base}/portal/about",
                "name": f"{one.family.label.id}, {city.name}",
                "description": one.family.concept.id.ljust(SHORTEST),
                "license": city.licence,
                "isAccessibleForFree": True,
                "creator": {"@type": "GovernmentOrganization", "name": city.name},
                "temporalCoverage": f"{one.first:%Y-%m-%d}/{one.last:%Y-%m-%d}",
                "spatialCoverage": {"@type": "Place", "name": city.name},
                "distribution": [
                    {
                        "@type": "DataDownload",
                        "encodingFormat": "text/csv",
                        "contentUrl": f"{api}/{one.family.name}/data.csv",
                    }
                ],
            }
            for one in found
        ],
    }
    return document.replace("</head>", f"{_block(described)}</head>", 1)


def _block(told: Mapping[str, object]) -> str:
    # No "<" within: a name that holds "</script>" ends nothing.
    text = json.dumps(told, ensure_ascii=False).replace("<", chr(92) + "u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _follow(place: Place, base: str) -> str:
    address = f"{base}/api/v1/open/feed/place/{quote(place.id)}.atom"
    return f'<link rel="alternate" type="application/atom+xml" title="{escape(place.name)}" href="{escape(address)}">'


def _described(
    mine: Sequence[Dataset], city: CityFacts, place: Place, services: Services, base: str
) -> Mapping[str, object]:
    camera = None if isinstance(place, Site) else services.register.camera(place.camera)
    at = place if isinstance(place, Site) else camera
    where: dict[str, object] = {"@type": "Place", "name": place.name}
    if at is not None and at.lon is not None and at.lat is not None:
        where["geo"] = {"@type": "GeoCoordinates", "latitude": at.lat, "longitude": at.lon}
    licence = place.licence if isinstance(place, Site) and place.licence else city.licence
    what = ", ".join(one.family.label.id for one in mine)
    described = " ".join(one.family.concept.id for one in mine)
    told = [i for one in mine for i in one.places[place.id]]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}/portal/place/{place.id}",
        "url": f"{base}/portal/place/{place.id}",
        "name": f"{what}: {place.name}, {city.name}",
        "description": described.ljust(SHORTEST),
        "license": licence,
        "isAccessibleForFree": True,
        "inLanguage": ["id", "en"],
        "creator": {"@type": "GovernmentOrganization", "name": city.name},
        "temporalCoverage": f"{min(o.first for o in mine):%Y-%m-%d}/{max(o.last for o in mine):%Y-%m-%d}",
        "spatialCoverage": where,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": i.label.id, "propertyID": i.id, "unitText": i.unit} for i in told
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": f"Data terbuka {city.name}",
            "url": f"{base}/catalog.jsonld",
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "text/csv",
                "contentUrl": f"{base}/api/v1/open/series.csv?place={place.id}&"
                + "&".join(f"indicator={i.id}" for i in one.places[place.id]),
            }
            for one in mine
        ],
    }
