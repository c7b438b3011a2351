"""The bench of taught functions teaches and asks on different days, and counts silence as it should."""

from __future__ import annotations

import numpy as np
import pytest

from bench.looks import Looks
from bench.scene import ask, split
from pantau.places import Zone

ZONE = Zone(id="a.z", camera="a", name="Z", polygon=((0, 0), (1, 0), (1, 1)), kind="scene")


@pytest.fixture
def looks() -> Looks:
    """Twelve days of ten stills like the examples, apart by one feature, and one covered still a day in another direction."""
    rng = np.random.default_rng(0)
    state = np.tile(["normal", "flooded"] * 5 + ["covered"], 12)
    plain = np.zeros((len(state), 8))
    plain[:, 0] = 1.0
    plain[state == "flooded", 1] = 1.0
    plain[state == "covered"] = np.eye(8)[7]
    vectors = plain + rng.normal(0, 0.05, plain.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    aim = np.where(np.arange(len(state)) % 22 == 10, "off", "still")
    day = np.repeat(np.arange(12), 11)
    return Looks(
        zone=ZONE, vectors={"mobilenet": vectors, "detector": vectors, "colours": vectors}, greys=rng.random((132, 9)), day=day,
        hour=rng.uniform(6, 18, 132), state=state, aim=aim, hidden=0,
    )  # fmt: skip


@pytest.mark.parametrize("n", [5, 20, 50])
def test_what_is_asked_is_of_days_that_taught_nothing_and_like_what_was_taught(looks: Looks, n: int) -> None:
    rows, asked = split(looks, n, np.random.default_rng(1))
    assert not set(looks.day[rows]) & set(looks.day[asked])
    assert set(looks.state[asked]) == {"normal", "flooded"}
    assert (looks.state[rows] == "normal").sum() == (looks.state[rows] == "flooded").sum() == min(n, len(rows) // 2)


def test_the_plain_is_answered_the_unlike_is_not_and_labels_by_chance_are_worth_nothing(looks: Looks) -> None:
    (one,) = ask(looks, 20, 1)
    assert (one["error"], one["forced"]) == (0.0, 0.0)
    assert one["abstained"] < 0.2
    assert one["unlike.covered"] == 1.0
    assert np.isnan(one["unlike.turned"])
    assert one["stopped"] == 0.0
    assert one["shuffled"] > 0.3
