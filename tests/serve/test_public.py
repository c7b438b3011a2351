from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.errors import ConfigError
from pantau.findings import Live, Load
from pantau.ingest.lazy import Watch
from pantau.serve.app import create_app
from pantau.serve.areas import load_areas
from pantau.serve.memory import MemoryNumbers
from pantau.serve.schema.accountability import Availability
from pantau.serve.services import Services
from pantau.types import Batch
from pantau.vocabulary import indicators, levels

ROOT = Path(__file__).parents[2]


def test_the_city_says_who_it_is_and_what_it_releases(public: TestClient) -> None:
    city = public.get("/api/v1/city").json()
    assert city["release"] == {"bin_s": 900, "delay_s": 900}
    assert city["now"] == "2026-03-04T12:40:00Z"
    assert (city["name"], city["timezone"], city["demo"], city["map"]) == ("Kota", "UTC", False, {"style": None})


def test_every_indicator_is_explained_in_both_languages(public: TestClient) -> None:
    families = public.get("/api/v1/indicators").json()["families"]
    told = {one["id"]: one for family in families for one in family["indicators"]}
    assert list(told) == list(indicators())
    assert told["visitors.person"]["label"] == {"id": "Orang lewat", "en": "People passing"}
    assert told["visitors.inside"]["road_user"] is None


def test_places_say_where_they_are_and_what_they_have(public: TestClient) -> None:
    line, zone, site = public.get("/api/v1/places").json()["places"]
    assert (line["id"], line["kind"], line["camera"], line["source"]) == ("pets.W", "line", "pets", "PETS 2009")
    assert (line["first"], line["last"]) == ("2026-03-01T00:00:00Z", "2026-03-04T12:00:00Z")
    assert line["families"] == ["visitors"]
    assert (zone["kind"], zone["families"], zone["first"]) == ("zone", ["visitors", "traffic"], None)
    assert (site["kind"], site["camera"], site["families"]) == ("site", None, [])
    assert (site["timezone"], site["licence"], site["lon"]) == ("Pacific/Auckland", "CC BY 4.0", 174.77)
    assert public.get("/api/v1/places/pets.W").json() == line


def test_an_unknown_place_is_a_problem_that_helps(public: TestClient) -> None:
    answer = public.get("/api/v1/places/pets.X")
    assert answer.status_code == 404
    assert "/api/v1/places" in answer.json()["detail"]


def test_no_public_answer_holds_a_camera_address(browse: Callable[..., TestClient], services: Services) -> None:
    for client in (browse(room=True), browse()):
        for path in ("city", "areas", "indicators", "places", "cameras", "cameras/pets", "session", "openapi.json"):
            answer = client.get(f"/api/v1/{path}").text
            assert "10.1.2.3" not in answer
            assert "rtsp://" not in answer


def test_areas_are_empty_without_a_file(public: TestClient) -> None:
    answer = public.get("/api/v1/areas")
    assert answer.json() == {"type": "FeatureCollection", "features": []}
    assert answer.headers["content-type"] == "application/geo+json"


def test_areas_tell_only_code_and_name(tmp_path: Path, services: Services) -> None:
    path = tmp_path / "areas.geojson"
    geometry = {"type": "Point", "coordinates": [110.4, -7.0]}
    feature = {
        "type": "Feature",
        "properties": {"code": "33.74.01", "name": "X", "owner": "secret"},
        "geometry": geometry,
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    app = create_app(replace(services, city=replace(services.city, areas=path)))
    (area,) = TestClient(app, base_url="http://localhost").get("/api/v1/areas").json()["features"]
    assert area == feature | {"properties": {"code": "33.74.01", "name": "X"}}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": [1]}', '{"features": [{"properties": null}]}'])
def test_a_file_that_is_no_geojson_is_refused_at_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"areas\.geojson"):
        load_areas(path)
    with pytest.raises(ConfigError, match="can't be read"):
        load_areas(tmp_path / "none")


@pytest.mark.parametrize("path", ["indicators", "areas", "openapi.json", "places"])
def test_an_unchanged_answer_is_not_sent_again(public: TestClient, path: str) -> None:
    first = public.get(f"/api/v1/{path}")
    assert first.headers["cache-control"] == "public, no-cache"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = public.get(f"/api/v1/{path}", headers={"if-none-match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert public.get(f"/api/v1/{path}", headers={"if-none-match": '"other"'}).status_code == 200


def test_what_the_room_sees_is_not_kept(room: TestClient) -> None:
    for path in ("places", "cameras", "events", "series?place=pets.W&indicator=visitors.person", "session"):
        assert room.get(f"/api/v1/{path}").headers["cache-control"] == "no-store", path


def test_health_is_told(public: TestClient, numbers: MemoryNumbers, services: Services) -> None:
    assert public.get("/healthz").json() == {"status": "ok"}
    assert public.get("/readyz").json() == {"status": "ok", "store": "ok", "board": "ok", "keeper": "ok"}
    numbers.broken = True
    answer = public.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "failing", "store": "failing", "board": "ok", "keeper": "ok"},
    )
    assert public.get("/healthz").status_code == 200
    numbers.broken = False
    services.board.close()
    assert public.get("/readyz").json()["board"] == "failing"


def test_a_job_that_fails_is_told_and_leaves_the_server_ready(services: Services) -> None:
    since = services.clock() - timedelta(seconds=90)
    client = TestClient(create_app(replace(services, failing=lambda: {"publish": since})), base_url="http://localhost")
    assert client.get("/readyz").json() == {"status": "ok", "store": "ok", "board": "ok", "keeper": "failing"}
    client.post("/api/v1/session", json={"code": "kode-satu"})
    assert 'pantau_keeper_failing_seconds{job="publish"} 90.0' in client.get("/metrics").text.splitlines()


def test_metrics_say_how_each_camera_is_doing(room: TestClient, services: Services, shown: Live) -> None:
    services.board.post(shown)
    lines = room.get("/metrics").text.splitlines()
    for line in (
        'pantau_camera_fps_got{camera="pets"} 4.9',
        'pantau_camera_step_seconds{camera="pets"} 0.0315',
        'pantau_camera_stage_seconds{camera="pets",stage="detect"} 0.03',
        'pantau_camera_stage_seconds{camera="pets",stage="measure"} 0.001',
        'pantau_camera_dropped_total{camera="pets",cause="late"} 2.0',
        'pantau_camera_status{camera="pets",status="live"} 1.0',
        'pantau_camera_status{camera="pets",status="outage"} 0.0',
        "pantau_store_up 1.0",
        "pantau_live_streams 0.0",
    ):
        assert line in lines


def test_of_a_camera_that_is_away_metrics_say_no_milliseconds(
    room: TestClient, services: Services, shown: Live
) -> None:
    services.board.post(Live("pets", shown.time, "outage", reason="unreachable: nobody answers", fps_asked=5.0))
    text = room.get("/metrics").text
    assert 'pantau_camera_fps_asked{camera="pets"} 5.0' in text.splitlines()
    assert "pantau_camera_step_seconds{" not in text


def test_pages_of_the_docs_name_metrics_as_they_are_told(services: Services, shown: Live) -> None:
    """A counter ends in ``_total`` there; a query by another name finds nothing, and says nothing."""
    services.board.post(replace(shown, gated=dict.fromkeys(Watch.__slots__, 1)))
    busy = replace(services, load=lambda: Load(busy_s=12.5, at_once=2, wait_s=0.25, given_up=3))
    client = TestClient(create_app(busy), base_url="http://localhost")
    client.post("/api/v1/session", json={"code": "kode-satu"})
    told = set(re.findall(r"^# TYPE (\w+) ", client.get("/metrics").text, re.MULTILINE))
    told |= {level.metric for level in levels().values()} | {"pantau_alarms_checked_age_seconds"}  # told once known
    pages = [page for page in (ROOT / "docs").rglob("*.md") if "adr" not in page.parts]
    named = {name for page in pages for name in re.findall(r"\bpantau_[a-z0-9_]+", page.read_text("utf-8"))}
    assert len(named) > 10
    assert named <= told


def test_metrics_say_how_much_of_the_last_day_cameras_saw(room: TestClient, services: Services) -> None:
    assert "pantau_availability_share" not in room.get("/metrics").text
    day = datetime(2026, 1, 1, tzinfo=UTC)
    services.availability.newest = Availability(
        from_=day, to=day + timedelta(days=1), cameras=2, of=2, minutes=2880, good=2160, least=0.95
    )
    assert "pantau_availability_share 0.75" in room.get("/metrics").text.splitlines()


def test_metrics_say_how_late_samples_are_kept(room: TestClient, services: Services) -> None:
    now, late = datetime(2026, 1, 1, tzinfo=UTC), timedelta(seconds=1.2)
    services.numbers.delays.note(Batch("r", 1, {"visitors": (now - late, now - 2 * late)}), now)
    lines = room.get("/metrics").text.splitlines()
    for line in (
        'pantau_kept_delay_seconds_bucket{le="1.0"} 0.0',
        'pantau_kept_delay_seconds_bucket{le="1.25"} 1.0',
        'pantau_kept_delay_seconds_bucket{le="2.5"} 2.0',
        'pantau_kept_delay_seconds_bucket{le="+Inf"} 2.0',
        "pantau_kept_delay_seconds_count 2.0",
    ):
        assert line in lines


def test_metrics_say_how_busy_the_inferences_are(services: Services) -> None:
    load = Load(busy_s=12.5, at_once=2, wait_s=0.25, given_up=3)
    client = TestClient(create_app(replace(services, load=lambda: load)), base_url="http://localhost")
    client.post("/api/v1/session", json={"code": "kode-satu"})
    lines = client.get("/metrics").text.splitlines()
    for line in (
        "pantau_inference_busy_seconds_total 12.5",
        "pantau_inference_at_once 2.0",
        "pantau_inference_wait_seconds 0.25",
        "pantau_inference_given_up_total 3.0",
    ):
        assert line in lines


def test_a_large_answer_is_compressed_for_who_takes_it_and_has_a_tag_of_its_own(public: TestClient) -> None:
    ask = "/api/v1/indicators"
    squeezed = public.get(ask, headers={"Accept-Encoding": "gzip"})
    plain = public.get(ask, headers={"Accept-Encoding": "identity"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert int(squeezed.headers["content-length"]) < len(plain.content) / 3
    assert squeezed.json() == plain.json()
    assert squeezed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]
    again = public.get(ask, headers={"Accept-Encoding": "gzip", "If-None-Match": squeezed.headers["etag"]})
    assert again.status_code == 304
    assert public.get("/api/v1/city", headers={"Accept-Encoding": "gzip"}).headers.get("content-encoding") is None
