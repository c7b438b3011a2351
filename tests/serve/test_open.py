"""The open API: files that say the same in every format, tags, limits, other sites' pages, and questions that make no sense."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.formats import FORMATS
from pantau.serve.http.limit import Limiter
from pantau.serve.memory import MemoryNumbers, MemoryReleases
from pantau.serve.open.routes import FormatName
from pantau.serve.services import Services
from pantau.store.releases import Decision
from pantau.vocabulary import fields, indicators

OPEN = "/api/v1/open"
ASK = {"place": "pets.W", "indicator": "visitors.person", "from": "2026-03-02T00:00:00Z", "to": "2026-03-05T00:00:00Z"}


def rows_of(answer: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a response
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_every_format_has_an_address() -> None:
    assert set(get_args(FormatName)) == set(FORMATS)


def test_every_format_says_the_same(public: TestClient) -> None:
    got = {form: public.get(f"{OPEN}/series.{form}", params=ASK) for form in FORMATS}
    assert {answer.status_code for answer in got.values()} == {200}
    plain = got["json"].json()["rows"]
    assert len(plain) == 72
    values = [row["visitors.person"] for row in plain]
    assert values.count(None) == 3 + 12
    states = [row["visitors.person.state"] for row in plain]
    assert set(states) == {"released", "missing", "held"}
    written = rows_of(got["csv"])
    assert [float(row["visitors.person"]) if row["visitors.person"] else None for row in written] == values
    assert got["csv"].headers["content-type"].startswith("text/csv")
    assert got["excel"].content.startswith(b"\xef\xbb\xbfstart;place;")
    semicolons = list(csv.DictReader(io.StringIO(got["excel"].content.decode("utf-8-sig")), delimiter=";"))
    told = [row["visitors.person"] for row in semicolons]
    assert [float(cell.replace(",", ".")) if cell else None for cell in told] == values
    table = pq.read_table(io.BytesIO(got["parquet"].content))
    assert table.column("visitors.person").to_pylist() == values
    assert table.schema.field("visitors.person").metadata[b"unit"] == b"{passage}"
    features = got["geojson"].json()["features"]
    assert [one["properties"]["visitors.person"] for one in features] == values


def test_every_column_is_in_the_vocabulary(public: TestClient) -> None:
    (dataset,) = public.get(f"{OPEN}/datasets").json()["datasets"]
    heads = [list(rows_of(public.get(f"{OPEN}/{what}.csv"))[0]) for what in ("places",)]
    heads.append(public.get(f"{OPEN}/datasets/{dataset['id']}/data.csv").text.split("\r\n")[0].split(","))
    heads.append(public.get("/api/v1/series.csv", params=ASK).text.split("\r\n")[0].split(","))
    for name in (name for head in heads for name in head):
        base = name.removesuffix(".state").removesuffix(".validation")
        assert base in fields() or base in indicators(), name


def test_a_region_code_is_text(public: TestClient, services: Services, tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    square = {"type": "Polygon", "coordinates": [[[110.0, -7.0], [110.1, -7.0], [110.1, -6.9], [110.0, -7.0]]]}
    feature = {"type": "Feature", "properties": {"code": "33.74.10", "name": "Tembalang"}, "geometry": square}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    client = TestClient(
        create_app(replace(services, city=replace(services.city, areas=path))), base_url="http://localhost"
    )
    assert client.get(f"{OPEN}/areas.json").json()["rows"] == [{"kode_wilayah": "33.74.10", "name": "Tembalang"}]
    assert pq.read_table(io.BytesIO(client.get(f"{OPEN}/areas.parquet").content)).column(0).to_pylist() == ["33.74.10"]
    assert client.get(f"{OPEN}/areas.geojson").json()["features"][0]["geometry"] == square
    assert public.get(f"{OPEN}/areas.csv").text == "kode_wilayah,name\r\n"


def test_an_unchanged_file_is_not_sent_again(public: TestClient) -> None:
    for path in ("series.csv", "datasets", "places.geojson", "datasets/visitors/data.parquet"):
        asked = ASK if path == "series.csv" else {}
        first = public.get(f"{OPEN}/{path}", params=asked)
        assert first.headers["cache-control"].startswith("public")
        again = public.get(f"{OPEN}/{path}", params=asked, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_pages_of_other_sites_may_read_open_data_only(public: TestClient) -> None:
    other = {"origin": "https://berita.example"}
    answer = public.get(f"{OPEN}/datasets", headers=other)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers
    asked = public.options(f"{OPEN}/series.csv", headers=other | {"access-control-request-method": "GET"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
    for path in ("/api/v1/places", "/api/v1/session", "/room"):
        assert "access-control-allow-origin" not in public.get(path, headers=other).headers


def test_who_is_signed_in_gets_what_the_public_gets(browse: Callable[..., TestClient]) -> None:
    assert (
        browse(room=True).get(f"{OPEN}/series.csv", params=ASK).text
        == browse().get(f"{OPEN}/series.csv", params=ASK).text
    )


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("series.csv", {**ASK, "colour": "red"}, 422, "colour"),
        ("datasets", {"page": "2"}, 422, "page"),
        ("series.csv", {**ASK, "from": "yesterday"}, 422, "from"),
        ("series.csv", {**ASK, "from": "1975-01-01T00:00:00Z"}, 422, "at most 6,000"),
        ("series.csv", {**ASK, "tier": "minute"}, 422, "tier"),
        ("series.xlsx", ASK, 422, "form"),
        ("series.csv", {**ASK, "place": "none"}, 404, "/api/v1/places"),
        ("datasets/gold", {}, 404, "visitors"),
        (
            "datasets/visitors/data.csv",
            {"from": "1970-02-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"},
            422,
            "1,000,000",
        ),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    public: TestClient, path: str, query: dict[str, str], status: int, words: str
) -> None:
    answer = public.get(f"{OPEN}/{path}", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


def test_who_asks_too_much_is_told_when_to_ask_again(services: Services) -> None:
    client = TestClient(create_app(replace(services, open_burst=3.5)), base_url="http://localhost")
    answers = [client.get(f"{OPEN}/datasets") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/places").status_code == 200


def test_a_bucket_fills_again_and_the_quietest_address_is_forgotten() -> None:
    limiter = Limiter(2.0, 4.0)
    assert [limiter.wait_s("a", 1.0, 0.0) for _ in range(5)] == [0, 0, 0, 0, 1]
    assert limiter.wait_s("b", 1.0, 0.0) == 0
    assert limiter.wait_s("a", 3.0, 1.0) == 1
    assert limiter.wait_s("a", 3.0, 1.5) == 0


def test_a_dataset_is_described_for_programs_and_for_satu_data(public: TestClient) -> None:
    (one,) = public.get(f"{OPEN}/datasets").json()["datasets"]
    assert one == public.get(f"{OPEN}/datasets/visitors").json()
    assert [i["id"] for i in one["indicators"]] == ["visitors.person"]
    assert one["indicators"][0]["policies"][0]["rule"] == "cells"
    assert one["indicators"][0]["policies"][0]["approved_by"] == "walidata"
    package = public.get(f"{OPEN}/datasets/visitors/datapackage.json").json()
    assert package["$schema"].endswith("datapackage.json")
    comma = next(r for r in package["resources"] if r["name"] == "visitors-csv")
    head = public.get(comma["path"].removeprefix("http://localhost")).text.split("\r\n")[0]
    assert [field["name"] for field in comma["schema"]["fields"]] == head.split(",")
    assert len({r["name"] for r in package["resources"]}) == len(FORMATS)
    told = public.get(f"{OPEN}/datasets/visitors/metadata").json()
    assert told["ms_keg"]["cara_pengumpulan_data"] == 4
    assert told["ms_var"][0]["alias"] == "visitors.person"
    assert told["ms_var"][0]["satuan"] == "{passage}"
    assert told["ms_ind"][0]["konsep"]


def test_what_is_closed_is_no_dataset(services: Services, now: datetime) -> None:
    closed = MemoryReleases([Decision(family="visitors", place="", open=False, by="Sri", time=now)])
    client = TestClient(create_app(replace(services, releases=closed)), base_url="http://localhost")
    assert client.get(f"{OPEN}/datasets").json() == {"datasets": []}
    assert "http" in client.get("/catalog.ttl").text


def test_a_store_that_fails_gives_no_half_file(public: TestClient, numbers: MemoryNumbers) -> None:
    numbers.broken = True
    answer = public.get(f"{OPEN}/series.csv", params=ASK)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_search_engines_find_a_place_and_no_name_breaks_its_page(services: Services, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>Pantau</title></head><body></body></html>")
    city = replace(services.city, name="Kota </script><script>alert(1)</script>")
    client = TestClient(create_app(replace(services, web_root=tmp_path, city=city)), base_url="http://localhost")
    page = client.get("/portal/place/pets.W").text
    block = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    told = json.loads(block)
    assert (told["@type"], told["variableMeasured"][0]["propertyID"]) == ("Dataset", "visitors.person")
    assert client.get(told["distribution"][0]["contentUrl"]).status_code == 200
    assert page.count("<script") == 1
    assert "ld+json" not in client.get("/portal/place/pets.tengah").text
    assert client.get("/portal/place/none").text == client.get("/portal").text
