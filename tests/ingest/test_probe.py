"""`pantau probe`, as somebody types it, and who answers on the network."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pantau.cli import app
from pantau.errors import AuthError, ConfigError, SourceError
from pantau.ingest.onvif.discovery import Found, discover
from tests.onvif_camera import BOMB, Offered, OnvifCamera, passwords_in, serving

MAIN = Offered("main", "rtsp://127.0.0.1:554/main?token=geheim")
SUB = Offered("sub", "rtsp://10.0.0.9:554/sub?token=geheim", size=(640, 360), fps=5, gov=10, kbps=256)
SMART = replace(SUB, token="smart", fps=10, gov=100)


def probed(*words: str, typed: str = "rahasia&<1>\n") -> str:
    done = CliRunner().invoke(app, ["probe", *words], input=typed)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0
    assert not passwords_in(done.output)
    assert "geheim" not in done.output
    return done.stdout


def test_a_table_says_what_a_camera_offers_what_is_taken_and_why() -> None:
    ahead = timedelta(minutes=10)
    with serving(OnvifCamera([MAIN, SUB, SMART, replace(MAIN, token="bare", codec="")], ahead=ahead)) as camera:
        said = probed(camera.address, "--user", "admin").strip().splitlines()
    assert [" ".join(line.split()) for line in said] == [
        "profile codec size fps GOP s kb/s why",
        "main name H.264 1920x1080 25 2.0 4096 enough, but 51.8 megapixels a second, not 1.2",
        "* sub name H.264 640x360 5 2.0 256 taken: the cheapest of 3 that are enough",
        "smart name H.264 640x360 10 10.0 256 enough, but 2.3 megapixels a second, not 1.2",
        "bare name - - - - - it has no encoder",
        "stream: rtsp://127.0.0.1:554/sub",
        "note: the camera calls itself '10.0.0.9'; 127.0.0.1 is used, because it answered there",
        said[-1],
    ]
    assert said[-1].startswith(("note: the camera's clock is +600 s off", "note: the camera's clock is +599 s off"))


def test_a_camera_of_the_register_is_asked_with_its_sealed_password_for_what_it_measures(tmp_path: Path) -> None:
    with serving(OnvifCamera([MAIN, SUB])) as camera:
        config, file = tmp_path / "pantau.toml", tmp_path / "cameras.toml"
        config.write_text('[city]\nregion = "33.74"\n')
        line = '[[camera.line]]\nid = "kecil"\nstart = [0.5, 0.5]\nend = [0.55, 0.5]\n'
        source = camera.address.replace("//", "//admin:rahasia%26%3C1%3E@")
        file.write_text(f'[[camera]]\nid = "a"\nsource = "{source}"\n{line}')
        assert CliRunner().invoke(app, ["apply", str(file), "--config", str(config)]).exit_code == 0
        told = json.loads(probed("a", "--config", str(config), "--json"))
        assert "rahasia" not in (tmp_path / "data" / "control.db").read_bytes().decode("latin-1")
        with pytest.raises(ConfigError, match="no camera is called 'b'; known: a"):
            probed("b", "--config", str(config))
    assert told["stream"] == "rtsp://127.0.0.1:554/main"
    assert [(one["token"], one["enough"], one["taken"], one["why"]) for one in told["profiles"]] == [
        ("main", True, True, "the only one that is enough"),
        ("sub", False, False, "line a.kecil would be 32 pixels of 40"),
    ]


def test_an_onvif_address_that_is_none_is_refused_with_its_camera(tmp_path: Path) -> None:
    (tmp_path / "pantau.toml").write_text('[city]\nregion = "33.74"\n')
    (tmp_path / "a.toml").write_text('[[camera]]\nid = "a"\nsource = "onvif://10.0.0.1?channel=2"\n')
    words = ["apply", str(tmp_path / "a.toml"), "--config", str(tmp_path / "pantau.toml")]
    with pytest.raises(
        ConfigError, match=r"camera 'a': .*\?source= and \?profile=, got 'channel'; nothing was changed"
    ):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_what_can_not_be_asked_is_said_by_its_public_address() -> None:
    with serving(OnvifCamera([MAIN])) as camera:
        with pytest.raises(AuthError, match=rf"auth: .* \({camera.address}\)"):
            probed(camera.address, "--user", "admin", typed="rahasia2\n")
        camera.raw = b"hello"
        with pytest.raises(SourceError, match="no-onvif: "):
            probed(camera.address.replace("//", "//admin:rahasia@"))
    with pytest.raises(ConfigError, match="'@' stands after the host") as caught:
        probed("onvif://admin:rahasia/x@10.0.0.1")
    assert not passwords_in(str(caught.value))
    with pytest.raises(SourceError, match="unreachable: "):
        probed("rtsp://127.0.0.1:1/x")


# --- who is there -------------------------------------------------------------------------------------------------------


def match(xaddrs: str, scopes: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches><d:ProbeMatch>'
        f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()


@contextmanager
def neighbour(*answers: bytes) -> Iterator[tuple[str, int]]:
    """A host that answers whoever asks for cameras."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))

        def answer() -> None:
            question, asker = heard.recvfrom(65536)
            assert b"NetworkVideoTransmitter" in question
            for one in answers:
                heard.sendto(one, asker)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield heard.getsockname()
        thread.join(5)


def test_devices_are_listed_at_the_address_from_which_they_answered() -> None:
    scopes = "onvif://www.onvif.org/type/video onvif://www.onvif.org/name/Kamera%20Depan%1b onvif://www.onvif.org/hardware/X1"
    answers = (
        match("http://[fe80::1]/a http://10.9.9.9/onvif/device_service", scopes),
        match("http://10.9.9.9:8080/onvif/device_service"),
    )
    with neighbour(*answers, answers[0], b"rubbish", BOMB.encode(), match("ftp://a"), match("http://a:99999/")) as to:
        assert discover(0.5, to) == (
            Found("onvif://127.0.0.1/a", "Kamera Depan", "X1"),
            Found("onvif://127.0.0.1:8080"),
        )


def test_nobody_answers_where_nobody_is() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert discover(0.3, ("127.0.0.1", port)) == ()
