"""Logs go to the standard error that there is when something is said, without passwords."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
import structlog

from pantau.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_what_captured_the_standard_error_before_may_be_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    captured = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", captured)
        configure_logs()
        structlog.get_logger("a").info("first")
    captured.close()
    structlog.get_logger("a").info("second")
    assert "second" in capsys.readouterr().err


def test_no_password_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    structlog.get_logger("a").warning("camera.down", address="rtsp://admin:hun73r@cam/one")
    said = capsys.readouterr().err
    assert "rtsp://cam/one" in said
    assert "hun73r" not in said
