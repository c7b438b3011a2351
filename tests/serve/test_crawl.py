"""What search engines are told: the pages for everybody, where they are, and nothing of what is not published."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.memory import MemoryReleases
from pantau.serve.open import crawl
from pantau.serve.services import Services
from pantau.store.releases import Decision

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
AREAS = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "33.74 & 1", "name": "Satu"},
"geometry": {"type": "Polygon", "coordinates": [[[110.4, -7.0], [110.5, -7.0], [110.5, -7.1], [110.4, -7.0]]]}}]}"""


def client_of(services: Services) -> TestClient:
    return TestClient(create_app(services), base_url="http://localhost")


def pages(client: TestClient, path: str = "/sitemap.xml") -> dict[str, str | None]:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{SPACE}urlset"
    return {str(url.findtext(f"{SPACE}loc")): url.findtext(f"{SPACE}lastmod") for url in root}


def test_the_pages_for_everybody_are_listed_and_each_is_there(services: Services, tmp_path: Path) -> None:
    (tmp_path / "areas.geojson").write_text(AREAS)
    city = replace(services.city, areas=tmp_path / "areas.geojson")
    client = client_of(replace(services, city=city))
    found = pages(client)
    assert found["http://localhost/portal"] is None
    assert found["http://localhost/portal/place/pets.W"] is not None
    assert "http://localhost/portal/area/33.74%20%26%201" in found
    assert {client.get(address).status_code for address in found} == {200}
    assert not [address for address in found if "/room" in address or "/api/" in address or "/states" in address]


def test_a_place_that_publishes_nothing_is_not_listed(services: Services, now: datetime) -> None:
    assert "http://localhost/portal/place/pets.tengah" not in pages(client_of(services)), "it has no figures"
    closed = Decision(family="", place="pets.W", open=False, by="Sri", time=now)
    found = pages(client_of(replace(services, releases=MemoryReleases([closed]))))
    assert not [address for address in found if "pets.W" in address]


def test_the_list_is_kept_five_minutes_and_not_sent_twice(services: Services) -> None:
    client = client_of(services)
    for path in ("/sitemap.xml", "/robots.txt"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=300"
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_robots_are_led_to_the_list_and_kept_out_of_the_rooms(services: Services) -> None:
    answer = client_of(services).get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert "Sitemap: http://localhost/sitemap.xml" in lines
    assert "Disallow: /room" in lines
    assert not [line for line in lines if line in {"Disallow: /", "Disallow: /api"}], "a page is drawn out of the API"


def test_a_great_city_has_a_list_of_lists(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pages(client_of(services))
    monkeypatch.setattr(crawl, "MOST", 3)
    client = client_of(services)
    root = ET.fromstring(client.get("/sitemap.xml").content)
    assert root.tag == f"{SPACE}sitemapindex"
    files = [str(one.findtext(f"{SPACE}loc")) for one in root]
    assert len(files) == -(-len(whole) // 3)
    assert {address for file in files for address in pages(client, file)} == set(whole)
    for none in (0, len(files) + 1, "x"):
        assert client.get(f"/sitemap-{none}.xml").status_code in {404, 422}
    assert client_of(services).get("/api/v1/openapi.json").status_code == 200


def test_search_engines_find_the_datasets_on_the_page_about_the_data(services: Services, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>Pantau</title></head><body></body></html>")
    city = replace(services.city, name="Kota </script><script>alert(1)</script>")
    client = client_of(replace(services, web_root=tmp_path, city=city))
    page = client.get("/portal/about").text
    assert page.count("<script") == 1
    told = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    listed = client.get("/api/v1/open/datasets").json()["datasets"]
    assert told["@type"] == "DataCatalog"
    assert len(told["dataset"]) == len(listed) > 0
    for one in told["dataset"]:
        assert len(one["description"]) >= 50
        assert client.get(one["distribution"][0]["contentUrl"]).status_code == 200
    assert client_of(services).get("/portal/about").status_code == 200, "also where nothing was built"
