"""What is given again, and what never: a small ASGI app that counts how often it is asked, behind the memory of answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from fastapi.testclient import TestClient
from httpx2 import ASGITransport, AsyncClient

from pantau.errors import StoreError
from pantau.serve.http.answers import LARGEST, MOST, Answers
from pantau.serve.http.caching import tagged

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Town:
    """An app behind its memory; `asked` counts what got through."""

    now: datetime = START
    decided: object = "nothing"
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def stamp(self) -> tuple[object, ...]:
        if self.broken:
            raise StoreError("gone")
        return (self.decided, "places")

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/numbers")
        def numbers(request: Request, size: int = 10) -> Response:
            self.asked.append(str(request.url.query))
            return tagged(request, b"n" * size, "text/plain", "checked")

        @app.get("/room")
        def room(request: Request) -> Response:
            self.asked.append("room")
            return tagged(request, b"secret", "text/plain", "never")

        @app.get("/file")
        def file() -> Response:
            def parts() -> Iterator[bytes]:
                yield from (b"one", b"two")

            self.asked.append("file")
            return StreamingResponse(parts(), headers={"Cache-Control": "public, max-age=300", "ETag": '"x"'})

        @app.get("/slow")
        async def slow(request: Request) -> Response:
            self.asked.append("slow")
            await asyncio.sleep(0.05)
            return tagged(request, b"slow", "text/plain", "checked")

        @app.get("/gone")
        def gone() -> Response:
            self.asked.append("gone")
            return PlainTextResponse("gone", 404, headers={"Cache-Control": "public", "ETag": '"x"'})

        app.add_middleware(Answers, seconds=5.0, stamp=self.stamp, clock=lambda: self.now)
        return app


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def client(town: Town) -> TestClient:
    return TestClient(town.app(), base_url="http://localhost")


def test_the_same_question_is_worked_out_once_until_it_is_old(town: Town, client: TestClient) -> None:
    first, again = client.get("/numbers"), client.get("/numbers")
    assert (again.content, again.headers) == (first.content, first.headers)
    assert len(town.asked) == 1
    client.get("/numbers?size=11")
    assert len(town.asked) == 2, "another question"
    town.now += timedelta(seconds=5)
    client.get("/numbers")
    assert len(town.asked) == 3


def test_who_has_it_is_told_so_also_by_the_first_answer(town: Town, client: TestClient) -> None:
    tag = client.get("/numbers").headers["etag"]
    for _ in range(2):
        known = client.get("/numbers", headers={"If-None-Match": tag})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
        assert "content-length" not in known.headers
        assert client.get("/numbers", headers={"If-None-Match": '"other"'}).status_code == 200
        town.now += timedelta(minutes=1)
    assert len(town.asked) == 2


def test_a_decision_ends_it_at_once(town: Town, client: TestClient) -> None:
    client.get("/numbers")
    town.decided = "closed"
    client.get("/numbers")
    assert len(town.asked) == 2


@pytest.mark.parametrize("header", [{"Cookie": "pantau_session=x"}, {"Authorization": "Bearer x"}])
def test_who_shows_who_they_are_is_answered_by_the_app(town: Town, client: TestClient, header: dict[str, str]) -> None:
    client.get("/numbers")
    for _ in range(2):
        assert client.get("/numbers", headers=header).status_code == 200
    assert len(town.asked) == 3


@pytest.mark.parametrize("path", ["/room", "/file", "/gone", f"/numbers?size={LARGEST + 1}"])
def test_what_is_not_everybodys_or_too_large_is_not_kept(town: Town, path: str) -> None:
    client = TestClient(town.app(), base_url="http://localhost", headers={"Accept-Encoding": "identity"})
    first, again = client.get(path), client.get(path)
    assert first.content == again.content != b""
    assert len(town.asked) == 2


def test_compressed_is_another_answer(town: Town, client: TestClient) -> None:
    plain = client.get("/numbers?size=9000", headers={"Accept-Encoding": "identity"})
    squeezed = client.get("/numbers?size=9000", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert squeezed.headers["content-encoding"] == "gzip"
    assert plain.content == squeezed.content
    assert len(town.asked) == 2


def test_a_broken_register_is_the_apps_to_tell(town: Town, client: TestClient) -> None:
    town.broken = True
    client.get("/numbers")
    client.get("/numbers")
    assert len(town.asked) == 2


def test_no_more_than_so_many_are_kept(town: Town, client: TestClient) -> None:
    for size in range(MOST + 1):
        client.get(f"/numbers?size={size}")
    client.get("/numbers?size=0")
    assert len(town.asked) == MOST + 2


def test_asked_by_many_at_once_it_is_worked_out_once(town: Town) -> None:
    async def many() -> list[bytes]:
        async with AsyncClient(transport=ASGITransport(app=town.app()), base_url="http://localhost") as client:
            return [answer.content for answer in await asyncio.gather(*(client.get("/slow") for _ in range(20)))]

    assert asyncio.run(many()) == [b"slow"] * 20
    assert town.asked == ["slow"]


def test_nobody_waits_for_an_answer_that_goes_on_and_on(town: Town) -> None:
    app = town.app()

    @app.get("/live")
    async def live() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.sleep(0.1 if len(town.asked) > 1 else 30)

        town.asked.append("live")
        return StreamingResponse(parts())

    async def two() -> int:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://localhost") as client:
            long = asyncio.create_task(client.get("/live"))
            await asyncio.sleep(0.05)
            short = await asyncio.wait_for(client.get("/live"), 5)
            long.cancel()
            return short.status_code

    assert asyncio.run(two()) == 200
