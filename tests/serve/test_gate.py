from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from pantau.errors import ConfigError
from pantau.serve.app import create_app
from pantau.serve.http.gate import check_address, name_of, policy
from pantau.serve.memory import MemoryNumbers
from pantau.serve.services import Services


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "pantau.example", ""])
def test_other_computers_are_refused_without_an_account(host: str) -> None:
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1"):
        check_address(host, has_account=False)
    check_address(host, has_account=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    check_address(host, has_account=False)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8600", "127.0.0.1:8600", "[::1]:8600", "[::1]"])
def test_our_own_names_are_answered(public: TestClient, host: str) -> None:
    assert public.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8600", "localhost.evil.example", "127.0.0.1.nip.io", "", "::1", "[::1", "a:b:c"],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/city", "/nothing"])
def test_a_rebound_name_is_refused(public: TestClient, host: str, path: str) -> None:
    answer = public.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("host", "name"),
    [("a:1", "a"), ("A", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:", "a:"), ("a:x", "a:x")],
)
def test_the_port_is_not_part_of_the_name(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_sites_change_nothing(room: TestClient, method: str, headers: dict[str, str]) -> None:
    answer = room.request(method, "/api/v1/session", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (403, "Other origin")
    assert room.get("/api/v1/session").json() == {"role": "admin"}


@pytest.mark.parametrize("headers", [{"origin": "http://localhost"}, {"sec-fetch-site": "same-origin"}, {}])
def test_our_own_pages_may_change_something(room: TestClient, headers: dict[str, str]) -> None:
    assert room.delete("/api/v1/session", headers=headers).status_code == 204


@pytest.mark.parametrize("path", ["/portal", "/api/v1/city", "/nothing", "/api/v1/cameras", "/healthz"])
def test_every_answer_carries_the_headers(public: TestClient, path: str) -> None:
    headers = public.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_nothing_may_be_framed_and_only_open_things_are_read_by_other_sites(public: TestClient) -> None:
    opened = ("/embed/pantau-chart.js", "/api/v1/open/datasets", "/api/v1/places/pets.W", "/catalog.ttl")
    for path in (*opened, "/embed", "/embedded", "/room", "/api/v1/series", "/api/v1/session", "/api/v1/places"):
        headers = public.get(path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert (headers.get("access-control-allow-origin") == "*") is (path in opened), path
        assert "access-control-allow-credentials" not in headers


def test_a_basemap_from_elsewhere_opens_only_pictures_and_fetches() -> None:
    for style in (None, "style.json"):
        assert "http" not in policy(style)
    opened = [rule for rule in policy("https://tiles.example/style.json").split("; ") if "https:" in rule]
    assert [rule.split()[0] for rule in opened] == ["img-src", "connect-src"]


def test_no_error_shows_a_path_a_trace_or_a_secret(services: Services, numbers: MemoryNumbers) -> None:
    numbers.broken = True
    client = TestClient(create_app(services), base_url="http://localhost", raise_server_exceptions=False)
    answer = client.get("/api/v1/places")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "secret" not in answer.text


def test_a_bug_is_a_problem_without_its_words(services: Services) -> None:
    def broken() -> object:
        raise ValueError("secret words")

    client = TestClient(
        create_app(replace(services, clock=broken)),  # type: ignore[arg-type]  # a bug on purpose
        base_url="http://localhost",
        raise_server_exceptions=False,
    )
    answer = client.get("/api/v1/city")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/api/v1/city", 405), ("GET", "/api/v1/none", 404)])
def test_wrong_addresses_are_problems(public: TestClient, method: str, path: str, status: int) -> None:
    answer = public.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
