"""A share picture holds what is published and nothing else; the page's head says the same; the font can write all of it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageChops
from typing_extensions import override

from pantau.serve.app import create_app
from pantau.serve.now.digest import DayDigest, Digests, Subject
from pantau.serve.now.digest_words import summary
from pantau.serve.open.picture import SIZE, Credit, draw, font
from pantau.serve.open.share_routes import MOST_KEPT, Pictures, newest, short
from pantau.serve.services import Services
from pantau.store.releases import Decision
from tests.serve.test_city_now import NOW, Town
from tests.serve.test_feed import rebuilt, town

__all__ = ["town"]
PATH = "/api/v1/open/share/barat.A.png"
CREDIT = Credit("Kota Contoh", "Kota Contoh", "CC BY 4.0")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def differ(one: bytes, other: bytes) -> bool:
    return ImageChops.difference(opened(one), opened(other)).getbbox() is not None


@pytest.fixture
def day(town: Town) -> tuple[Subject, DayDigest]:
    place = town.services.register.place("barat.A")
    assert place is not None
    subject = Subject(place, ("visitors.person",))
    return subject, Digests().of(town.services, subject, 1, odd=False)[0]


@pytest.mark.parametrize("bold", [False, True])
def test_the_font_has_every_sign_that_is_written(bold: bool) -> None:
    face = font(40, bold=bold)
    missing = bytes(face.getmask("\uffff"))
    signs = (
        "\N{MINUS SIGN}±≤≥\N{EN DASH}—“”…·²³°\N{MULTIPLICATION SIGN}%&éÉüñçáàâãäåœßÁ"
        + "abcxyzABCXYZ0123456789.,:;()/+'"
    )
    assert [sign for sign in signs if bytes(face.getmask(sign)) == missing] == []


def test_a_picture_is_of_the_size_that_messengers_ask_for(town: Town) -> None:
    got = town.client.get(PATH)
    assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
    assert opened(got.content).size == SIZE
    assert len(got.content) < 200_000
    assert town.client.get(PATH, headers={"if-none-match": got.headers["etag"]}).status_code == 304
    assert differ(got.content, town.client.get(PATH, params={"lang": "en"}).content)


def test_each_part_of_the_day_is_on_the_picture(day: tuple[Subject, DayDigest]) -> None:
    subject, digest = day
    whole = draw(subject, digest, CREDIT, "id")
    assert whole == draw(subject, digest, CREDIT, "id")
    gone = replace(digest.hours[9], value=None)
    for changed in (
        replace(digest, value=0.0),
        replace(digest, known=1.0),
        replace(digest, coverage=0.5),
        replace(digest, day=digest.day - timedelta(days=1)),
        replace(digest, hours=(*digest.hours[:9], gone, *digest.hours[10:])),
    ):
        assert differ(whole, draw(subject, changed, CREDIT, "id"))
    assert differ(whole, draw(subject, digest, replace(CREDIT, source="Lain"), "id"))


def test_an_unknown_hour_is_no_zero(day: tuple[Subject, DayDigest]) -> None:
    subject, digest = day
    hours = digest.hours
    zero, gap = ((*hours[:9], replace(hours[9], value=v), *hours[10:]) for v in (0.0, None))
    assert differ(
        draw(subject, replace(digest, hours=zero), CREDIT, "id"),
        draw(subject, replace(digest, hours=gap), CREDIT, "id"),
    )


def test_long_names_and_no_hours_are_drawn_too(day: tuple[Subject, DayDigest]) -> None:
    subject, digest = day
    long = replace(subject, place=replace(subject.place, name="Simpang " * 40))
    few = replace(digest, value=None, state="suppressed", known=None, usual=None, hours=())
    assert opened(draw(long, few, replace(CREDIT, source="S" * 400), "en")).size == SIZE


def test_what_is_closed_has_no_picture_and_no_words(town: Town) -> None:
    rebuilt(town, [Decision(family="visitors", place="", open=False, by="walidata", time=NOW)])
    assert town.client.get(PATH).status_code == 404
    assert town.client.get("/api/v1/open/share/none.png").status_code == 404
    assert town.client.get(f"{PATH}?indicator=traffic.tank").status_code == 422


def test_pictures_cost_more_than_numbers(town: Town) -> None:
    client = TestClient(create_app(replace(town.services, open_burst=20.0)), base_url="http://localhost")
    assert [client.get(PATH).status_code for _ in range(4)] == [200, 200, 429, 429]


def test_the_pages_head_says_what_the_picture_shows(town: Town, tmp_path: Path) -> None:
    root = tmp_path / "dist"
    root.mkdir()
    (root / "index.html").write_text("<html><head><title>x</title></head></html>")
    client = TestClient(create_app(replace(town.services, web_root=root)), base_url="http://localhost")
    page = client.get("/portal/place/barat.A").text
    told = {name: unescape(text) for name, text in re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', page)}
    assert told["og:title"] == "Gerbang barat, 3 Mar 2026 · Kota"
    assert re.fullmatch(r"Orang lewat: 12\.\d{3} \(\+3\d % dari biasanya\), cakupan 97 %", told["og:description"])
    assert told["og:locale"] == "id_ID"
    assert client.get(told["og:image"]).headers["content-type"] == "image/png"
    english = client.get("/portal/place/barat.A?lang=en&show=visitors.person").text
    assert "People passing: 12," in english
    for odd in ("?show=traffic.tank", "?show=%22%3E%3Cscript%3E", "?lang=%22"):
        assert "<script>" not in client.get(f"/portal/place/barat.A{odd}").text.replace("</script>", "")
    assert "og:image" not in client.get("/portal/place/timur.A").text


def test_a_name_in_the_head_is_text(town: Town, tmp_path: Path) -> None:
    root = tmp_path / "dist"
    root.mkdir()
    (root / "index.html").write_text("<html><head></head></html>")
    register = town.services.register
    camera = register.cameras()[0]
    evil = replace(camera, lines=(replace(camera.lines[0], name='"><script>alert(1)</script>'),))
    register.kept[camera.id] = evil  # type: ignore[attr-defined]  # a register in memory
    client = TestClient(create_app(replace(town.services, web_root=root)), base_url="http://localhost")
    page = client.get("/portal/place/barat.A").text
    assert "og:title" in page
    assert "<script>alert" not in page


def test_pictures_are_forgotten_in_time(day: tuple[Subject, DayDigest], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    def counted(*of: object) -> bytes:
        drawn.append(of)
        return b"png"

    monkeypatch.setattr("pantau.serve.open.share_routes.draw", counted)
    kept, (subject, digest) = Pictures(), day
    for i in (*range(MOST_KEPT + 1), MOST_KEPT, 0):
        kept.of(subject, replace(digest, value=float(i)), CREDIT, "id")
    assert len(drawn) == MOST_KEPT + 2


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
        ("CC BY 4.0", "CC BY 4.0"),
        ("https://x/y", "https://x/y"),
    ],
)
def test_a_licence_is_said_short(licence: str, said: str) -> None:
    assert short(licence) == said


class Given(Digests):
    """Days that are given."""

    def __init__(self, *days: DayDigest) -> None:
        super().__init__()
        self._days = days

    @override
    def of(self, services: Services, subject: Subject, days: int, *, odd: bool) -> tuple[DayDigest, ...]:
        return self._days


def test_the_newest_well_watched_day_is_shown_and_a_part_says_that_it_is_one(
    town: Town, day: tuple[Subject, DayDigest]
) -> None:
    subject, digest = day
    thin = replace(digest, coverage=0.25)
    before = replace(digest, day=digest.day - timedelta(days=1), value=77.0)
    asked = town.services, subject.place, subject.indicators
    assert newest(asked[0], Given(thin, before), *asked[1:]) == (subject, before)
    assert newest(asked[0], Given(thin), *asked[1:]) == (subject, thin)
    assert " selama terpantau" in summary(subject, thin, "id")
    assert " while it was watched" in summary(subject, thin, "en")
    assert "terpantau" not in summary(subject, digest, "id")
