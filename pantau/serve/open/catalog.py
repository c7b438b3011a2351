"""The catalogue of datasets as DCAT-AP 3: a graph, told as JSON-LD and as Turtle, so that other portals harvest it.

**Layout.** A catalogue, its publisher, a dataset for each family, a distribution for each format, and the API as a data service. Terms come from the EU
authority tables where DCAT-AP wants them. `tests/serve/test_catalog.py` judges the graph by the published shapes and compares the two forms.
Source: https://semiceu.github.io/DCAT-AP/releases/3.0.1/. Written here instead of with an RDF library, which would be a dependency of
its own for forty lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pantau.serve.formats import FORMATS, Format
from pantau.serve.open.datasets import Dataset
from pantau.serve.services import CityFacts

Node = Mapping[str, object]
PREFIXES: Final[Mapping[str, str]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU: Final = "http://publications.europa.eu/resource/authority"
IANA: Final = "https://www.iana.org/assignments/media-types"


def graph(found: Sequence[Dataset], city: CityFacts, base: str) -> list[Node]:
    """Every node of the catalogue; addresses begin with `base`."""
    publisher = {"@id": f"{base}/#publisher", "@type": "foaf:Agent", "foaf:name": _said(city.name, "id")}
    api = f"{base}/api/v1/open"
    catalog: Node = {
        "@id": f"{base}/catalog",
        "@type": "dcat:Catalog",
        "dct:title": [_said(f"Data terbuka {city.name}", "id"), _said(f"Open data of {city.name}", "en")],
        "dct:description": [
            _said("Angka dari kamera kota: lalu lintas, kunjungan, parkir, kebersihan, dan air.", "id"),
            _said("Numbers of the city's cameras: traffic, visits, parking, litter and water.", "en"),
        ],
        "dct:publisher": _at(f"{base}/#publisher"),
        "dct:language": [_at(f"{EU}/language/IND"), _at(f"{EU}/language/ENG")],
        "foaf:homepage": _at(f"{base}/portal"),
        "dct:license": _at(city.licence),
        "dcat:dataset": [_at(f"{api}/datasets/{one.family.name}") for one in found],
        "dcat:service": _at(api),
    }
    service: Node = {
        "@id": api,
        "@type": "dcat:DataService",
        "dct:title": [_said("API data terbuka", "id"), _said("Open data API", "en")],
        "dcat:endpointURL": _at(api),
        "dcat:endpointDescription": _at(f"{base}/api/v1/openapi.json"),
        "dct:publisher": _at(f"{base}/#publisher"),
        "dcat:servesDataset": [_at(f"{api}/datasets/{one.family.name}") for one in found],
    }
    return [catalog, publisher, service, *(node for one in found for node in _dataset(one, city, base))]


def _dataset(one: Dataset, city: CityFacts, base: str) -> Iterator[Node]:
    family, api = one.family, f"{base}/api/v1/open"
    at = f"{api}/datasets/{family.name}"
    yield {
        "@id": at,
        "@type": "dcat:Dataset",
        "dct:identifier": at,
        "dct:title": [_said(f"{family.label.id}, {city.name}", "id"), _said(f"{family.label.en}, {city.name}", "en")],
        "dct:description": [_said(family.concept.id, "id"), _said(family.concept.en, "en")],
        "dct:publisher": _at(f"{base}/#publisher"),
        "dcat:keyword": [_said(family.label.id.lower(), "id"), _said(family.label.en.lower(), "en")],
        "dcat:theme": _at(f"{EU}/data-theme/{family.theme}"),
        "dct:accrualPeriodicity": _at(f"{EU}/frequency/HOURLY"),
        "dct:language": [_at(f"{EU}/language/IND"), _at(f"{EU}/language/ENG")],
        "dcat:temporalResolution": {"@value": "PT1H", "@type": "xsd:duration"},
        "dct:temporal": _at(f"{at}#temporal"),
        "dcat:landingPage": _at(f"{base}/portal"),
        "dcat:distribution": [_at(f"{at}/data.{key}") for key in FORMATS],
        **({"dct:spatial": _at(f"{base}/#spatial")} if city.region else {}),
    }
    yield {
        "@id": f"{at}#temporal",
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": {"@value": one.first.isoformat(), "@type": "xsd:dateTime"},
        "dcat:endDate": {"@value": one.last.isoformat(), "@type": "xsd:dateTime"},
    }
    if city.region:
        yield {"@id": f"{base}/#spatial", "@type": "dct:Location", "dct:identifier": city.region}
    for key, form in FORMATS.items():
        yield _distribution(at, key, form, city, api)


def _distribution(at: str, key: str, form: Format, city: CityFacts, api: str) -> Node:
    address = f"{at}/data.{key}"
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": [_said(key, "en")],
        "dcat:accessURL": _at(address),
        "dcat:downloadURL": _at(address),
        "dcat:mediaType": _at(f"{IANA}/{form.iana}"),
        "dct:format": _at(f"{EU}/file-type/{form.eu}"),
        "dct:license": _at(city.licence),
        "dcat:accessService": _at(api),
    }


def json_ld(nodes: Sequence[Node]) -> bytes:
    """The graph as JSON-LD 1.1, its context within."""
    return json.dumps({"@context": dict(PREFIXES), "@graph": list(nodes)}, ensure_ascii=False, indent=1).encode()


def turtle(nodes: Sequence[Node]) -> bytes:
    """The graph as Turtle 1.1."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items()]
    for node in nodes:
        parts = [f"a {node['@type']}"]
        for name, value in node.items():
            if name.startswith("@"):
                continue
            values = value if isinstance(value, list) else [value]
            parts.append(f"{name} {', '.join(_term(one) for one in values)}")
        lines.append(f"\n<{node['@id']}> " + " ;\n    ".join(parts) + " .")
    return ("\n".join(lines) + "\n").encode()


def _term(value: object) -> str:
    if not isinstance(value, Mapping):
        return _quoted(str(value))
    if "@id" in value:
        return f"<{value['@id']}>"
    text = _quoted(str(value["@value"]))
    return f"{text}@{value['@language']}" if "@language" in value else f"{text}^^{value['@type']}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _said(text: str, language: str) -> Mapping[str, object]:
    return {"@value": text, "@language": language}


def _at(address: str) -> Mapping[str, object]:
    return {"@id": address}
