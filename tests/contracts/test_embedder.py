"""What every `Embedder` keeps. To check one of your own, add a function that makes it."""

from __future__ import annotations

import numpy as np
import pytest

from pantau.ports import Embedder
from pantau.see.fake import FakeEmbedder

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
NONE = np.empty((0, 4), np.float32)


@pytest.fixture
def embedder() -> Embedder:
    return FakeEmbedder()


def test_it_is_one(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    assert embedder.method


def test_a_vector_has_length_one_and_is_of_the_zone_only(embedder: Embedder) -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    first = embedder.embed(image, SQUARE, NONE)
    image[:20] = 255  # outside the zone
    second = embedder.embed(image, SQUARE, NONE)
    assert first is not None
    assert second is not None
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(first, second)


def test_what_a_box_hides_does_not_matter_and_a_hidden_zone_is_nothing(embedder: Embedder) -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    person = np.array([[50, 40, 70, 80]], np.float32)
    before = embedder.embed(image, SQUARE, person)
    image[40:80, 50:70] = (0, 0, 255)
    after = embedder.embed(image, SQUARE, person)
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(before, after)
    assert embedder.embed(image, SQUARE, np.array([[0, 0, 160, 120]], np.float32)) is None
    assert embedder.thumbnail(image, SQUARE, np.array([[0, 0, 160, 120]], np.float32)) == b""
    assert embedder.thumbnail(image, SQUARE, person)
