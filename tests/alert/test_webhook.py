"""Notices reach a real receiver signed, at least once and in order, also one that was away; secrets are seen nowhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook
from typing_extensions import override

from pantau.alarm import Notice
from pantau.alert.outbox import GIVE_UP, Outbox
from pantau.alert.webhook import WebhookNotifier
from pantau.errors import DeliveryError
from pantau.ports import Notifier
from pantau.store.alarms import Kept
from pantau.store.control import Control

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Siren(BaseHTTPRequestHandler):
    """Checks the signature with the library of Standard Webhooks, as a receiver does."""

    heard: list[str]
    status: int

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        told = Webhook(SECRET).verify(body, dict(self.headers.items()))
        self.heard.append(f"{self.headers['webhook-id']} {told['type']}")
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()


@contextmanager
def siren(port: int = 0, status: int = 204) -> Iterator[tuple[str, list[str], int]]:
    heard: list[str] = []
    server = HTTPServer(("127.0.0.1", port), type("Bound", (Siren,), {"heard": heard, "status": status}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/on", heard, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def now() -> datetime:
    return datetime.now(UTC)


def notice(n: int, target: str = "siren", age_s: float = 0.0) -> Notice:
    body = json.dumps({"type": "alarm.firing", "data": {"n": n, "place_name": "Pelataran · é"}}, ensure_ascii=False)
    return Notice(id=f"a{n}.firing", target=target, time=now() - timedelta(seconds=age_s), body=body)


def test_a_notice_is_signed_so_that_its_receiver_can_tell() -> None:
    with siren() as (url, heard, _):
        WebhookNotifier(url, SECRET, now).notify(notice(1))
    assert heard == ["a1.firing alarm.firing"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_anything_but_a_yes_is_not_taken_and_no_redirect_is_followed(status: int) -> None:
    with siren(status=status) as (url, _, _), pytest.raises(DeliveryError, match=f"answered {status}"):
        WebhookNotifier(url, SECRET, now).notify(notice(1))


def test_a_message_names_no_secret() -> None:
    with pytest.raises(DeliveryError) as error:
        WebhookNotifier("http://user:geheim@127.0.0.1:1/on", SECRET, now).notify(notice(1))
    assert "geheim" not in str(error.value)
    assert SECRET not in str(error.value)


class Clock:
    def __init__(self) -> None:
        self.now = now()

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=now)
    yield opened
    opened.close()


def test_a_receiver_that_was_away_hears_everything_once_it_is_back_in_order(control: Control) -> None:
    with siren() as (url, _, port):
        pass
    made: list[str] = []

    def notifier(target: str) -> Notifier:
        made.append(target)
        return WebhookNotifier(url if target == "siren" else other, SECRET, now)

    clock = Clock()
    with siren() as (other, heard_other, _):
        control.alarms.keep(Kept(notices=(notice(1, age_s=3), notice(2, age_s=2), notice(3, "relay", 1))))
        control.alarms.keep(Kept(notices=(notice(1), notice(2))))  # told again: still one each
        outbox = Outbox(control.alarms, notifier)
        outbox.turn(clock)
        assert heard_other == ["a3.firing alarm.firing"], "a target does not wait for another's failure"
        clock.wait(0.5)
        outbox.turn(clock)
        assert made == ["siren", "relay"], "a target that failed rests"
        assert control.alarms.outbox() == {"waiting": 2, "sent": 1, "given_up": 0}
        with siren(port) as (_, heard, _):
            clock.wait(1)
            outbox.turn(clock)
            assert heard == ["a1.firing alarm.firing", "a2.firing alarm.firing"]
            again = Outbox(control.alarms, notifier)  # a new process
            clock.wait(600)
            again.turn(clock)
            assert len(heard) == 2
    (posted,) = control.alarms.notices("a1")
    assert (posted.state, posted.attempts) == ("sent", 2)


def test_a_notice_that_nobody_takes_is_given_up_visibly(control: Control) -> None:
    control.alarms.keep(Kept(notices=(notice(1, age_s=GIVE_UP.total_seconds() + 1), notice(2, "gone"))))
    targets = {"siren": WebhookNotifier("http://127.0.0.1:1/", SECRET, now)}
    Outbox(control.alarms, targets.get).turn(now)
    assert control.alarms.outbox() == {"waiting": 0, "sent": 0, "given_up": 2}
    assert "can't be reached" in control.alarms.notices("a1")[0].trouble
    assert "no longer in the rule file" in control.alarms.notices("a2")[0].trouble


def test_a_secret_is_sealed_apart_and_not_told_to_another_host(control: Control, tmp_path: Path) -> None:
    target = {"id": "siren", "url": "http://10.0.0.9/on"}
    control.apply_rules([], [target], {"siren": SECRET})
    assert control.secret("siren") == SECRET
    assert SECRET.encode() not in (tmp_path / "control.db").read_bytes()
    assert control.alarms.targets() == (target,)
    control.apply_rules([], [{**target, "severity": "critical"}])
    assert control.secret("siren") == SECRET, "it is kept while the host is the same"
    control.apply_rules([], [{**target, "url": "http://10.0.0.10/on"}])
    assert control.secret("siren") == ""
    control.apply_rules([], [target], {"siren": SECRET})
    control.apply_rules([], [])
    assert control.secret("siren") == ""
