from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.services import Services


@pytest.fixture
def web(tmp_path: Path, services: Services) -> TestClient:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>app</title>")
    (root / "favicon.svg").write_text("<svg/>")
    (root / "embed").mkdir()
    (root / "embed" / "pantau-chart.js").write_text("void 0")
    (root / "assets" / "index-BxK3_9fQ.js").write_text("export {}")
    (root / "assets" / "plain.css").write_text("")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "style.json").write_text('{"version": 8}')
    city = replace(services.city, map_style=str(tmp_path / "style.json"))
    app = create_app(replace(services, web_root=root, city=city))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def test_the_front_door_leads_to_the_portal(web: TestClient) -> None:
    answer = web.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/portal")


@pytest.mark.parametrize("path", ["/portal", "/portal/", "/portal/place/pets.W", "/room", "/room/camera/pets"])
def test_every_page_is_the_application(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>app" in answer.text


def test_files_with_a_hash_are_kept_and_others_are_asked_for_again(web: TestClient) -> None:
    assert "immutable" in web.get("/assets/index-BxK3_9fQ.js").headers["cache-control"]
    assert web.get("/assets/index-BxK3_9fQ.js").headers["content-type"].startswith("text/javascript")
    assert web.get("/assets/plain.css").headers["cache-control"] == "no-cache"
    assert web.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


def test_a_file_goes_out_as_the_build_compressed_it_where_the_browser_takes_that(
    web: TestClient, tmp_path: Path
) -> None:
    (tmp_path / "dist" / "assets" / "index-BxK3_9fQ.js.gz").write_bytes(gzip.compress(b"export {}"))
    answer = web.get("/assets/index-BxK3_9fQ.js", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == "export {}"
    for refused in ("identity", "gzip;q=0", ""):
        plain = web.get("/assets/index-BxK3_9fQ.js", headers={"Accept-Encoding": refused})
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.text == "export {}"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/link.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/a%00b",
        "/" + "a" * 3000,
        "/api/v1/none",
        "/map/none.json",
    ],
)
def test_nothing_outside_the_pages_is_served(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_chart_for_other_sites_is_one_script_that_they_may_load(web: TestClient) -> None:
    answer = web.get("/embed/pantau-chart.js", headers={"Origin": "https://kabar.example"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in answer.headers
    assert web.get("/embed/pets.W").status_code == 404, "there is no page to be framed"


def test_a_basemap_file_is_served_where_the_city_says(web: TestClient) -> None:
    address = web.get("/api/v1/city").json()["map"]["style"]
    assert web.get(address).json() == {"version": 8}


def test_a_basemap_elsewhere_is_named_as_it_is(services: Services) -> None:
    city = replace(services.city, map_style="https://tiles.example/style.json")
    client = TestClient(create_app(replace(services, city=city)), base_url="http://localhost")
    assert client.get("/api/v1/city").json()["map"]["style"] == "https://tiles.example/style.json"


def test_without_built_pages_the_page_says_how_to_build_them(public: TestClient) -> None:
    answer = public.get("/portal")
    assert answer.status_code == 200
    assert answer.text.count("make web") == 2
    assert answer.headers["cache-control"] == "no-store"


def test_a_places_page_names_the_files_its_graph_needs(web: TestClient, tmp_path: Path) -> None:
    """With all that they import, once each; the build's list of files says which."""
    before = web.get("/portal/place/pets.W").text
    assert "preload" not in before
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><head><title>app</title></head>")
    (tmp_path / "dist" / ".vite").mkdir()
    chunks = {
        "src/pages/Place.svelte": {
            "file": "assets/Place-1.js",
            "css": ["assets/Place-1.css"],
            "imports": ["index.html"],
        },
        "src/chart/echarts.ts": {"file": "assets/echarts-1.js", "imports": ["index.html"]},
        "index.html": {"file": "assets/index-1.js", "imports": ["src/pages/Place.svelte"]},
        "src/pages/Room.svelte": {"file": "assets/Room-1.js"},
    }
    (tmp_path / "dist" / ".vite" / "manifest.json").write_text(json.dumps(chunks), "utf-8")
    page = web.get("/portal/place/pets.W").text
    assert [
        page.count(f'rel="modulepreload" href="/assets/{name}-1.js"') for name in ("Place", "echarts", "index", "Room")
    ] == [1, 1, 1, 0]
    assert page.count("/assets/Place-1.css") == 1
    assert "preload" not in web.get("/portal").text
