"""Reasons in words, and how long a camera is left alone."""

from __future__ import annotations

import random

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.ingest.fault import FAULTS, Backoff, fault_of

SECRET = "rtsp://admin:hunter2@camera/1"


@pytest.mark.parametrize(
    ("kind", "waited_s", "connected", "code"),
    [
        (av.error.HTTPUnauthorizedError, 0.1, False, "auth"),
        (av.error.HTTPForbiddenError, 0.1, False, "auth"),
        (av.error.HTTPNotFoundError, 0.1, False, "not-found"),
        (av.error.HTTPServerError, 0.1, False, "refused"),
        (av.error.HTTPOtherClientError, 0.1, False, "refused"),
        (av.error.ConnectionRefusedError, 0.1, False, "unreachable"),
        (av.error.OSError, 0.1, False, "unreachable"),
        (av.error.TimeoutError, 6.0, False, "unreachable"),
        (av.error.ExitError, 7.5, False, "timeout"),
        (av.error.InvalidDataError, 3.1, False, "timeout"),
        (av.error.InvalidDataError, 0.1, False, "no-pictures"),
        (av.error.TimeoutError, 6.0, True, "timeout"),
        (av.error.ExitError, 7.5, True, "timeout"),
        (av.error.ConnectionResetError, 0.1, True, "ended"),
        (av.error.EOFError, 0.1, True, "ended"),
    ],
)
def test_each_error_has_its_reason_which_never_repeats_the_address(
    kind: type[av.error.FFmpegError], waited_s: float, connected: bool, code: str
) -> None:
    error = kind(1, SECRET, SECRET)
    fault = fault_of(error, waited_s, 3.0, connected=connected)
    assert fault.code == code
    assert fault.reason.startswith(f"{code}: ")
    assert "hunter2" not in fault.reason


def test_only_faults_that_trying_again_can_not_mend_are_patient() -> None:
    assert {code for code, fault in FAULTS.items() if fault.patient} == {"auth", "no-media", "no-profile", "no-video"}


@given(st.integers())
def test_waits_double_up_to_their_cap_with_jitter(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    waits = [backoff.next_s(patient=False) for _ in range(8)]
    for wait_s, pause_s in zip(waits, [0.25, 0.5, 1, 2, 4, 4, 4, 4], strict=True):
        assert pause_s / 2 <= wait_s <= pause_s
    patient = [backoff.next_s(patient=True) for _ in range(4)]
    for wait_s, pause_s in zip(patient, [15, 30, 60, 60], strict=True):
        assert pause_s / 2 <= wait_s <= pause_s
    backoff.reset()
    assert backoff.next_s(patient=False) <= 0.25
    assert backoff.next_s(patient=True) <= 15


def test_cameras_do_not_come_back_as_one() -> None:
    waits = {Backoff(random.Random(seed)).next_s(patient=False) for seed in range(20)}
    assert len(waits) == 20
