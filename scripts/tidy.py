#!/usr/bin/env python3
"""Refuse files that do not belong in the repository: large ones, links, keys, addresses of registries, merge marks.

Run on the files it is given (pre-commit), or on everything git knows (make check).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LARGEST_BYTES = 1_000_000  # a screenshot or a boundary file; footage and models are fetched, never committed
PRIVATE_KEY = re.compile(rb"^-----BEGIN [A-Z ]*PRIVATE KEY-----", re.MULTILINE)
MERGE_MARK = re.compile(rb"^(<<<<<<<|>>>>>>>) ", re.MULTILINE)
GENERATED = ("package-lock.json",)
ADDRESS = re.compile(rb'^\s*("resolved":|--(extra-)?index-url|--find-links|-i )', re.MULTILINE)  # where a lock was made
LOCKS = ("package-lock.json", ".txt", ".npmrc")


def faults(path: Path) -> Iterator[str]:
    """Say in words what is wrong with one file."""
    if path.is_symlink():
        yield f"is a link to {path.readlink()}; links name places on the computer that made them"
        return
    content = path.read_bytes()
    if len(content) > LARGEST_BYTES and path.name not in GENERATED:
        yield f"{len(content):,} bytes; at most {LARGEST_BYTES:,} are kept in the repository"
    if b"\0" in content[:8192]:
        return  # the rest is about text
    if PRIVATE_KEY.search(content):
        yield "holds a private key"
    if path.name.endswith(LOCKS) and ADDRESS.search(content):
        yield "names the address of a registry; locks are kept without (see CONTRIBUTING.md)"
    if MERGE_MARK.search(content):
        yield "holds the marks of an unfinished merge"
    if content and not content.endswith(b"\n"):
        yield "does not end with a newline"


def _is_here(path: Path) -> bool:
    return path.is_symlink() or path.is_file()  # what git lists may be deleted here, and a link may lead nowhere


def main(names: list[str]) -> int:
    """Print each fault as `file: fault` and return how the program ends."""
    if not names:
        listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
        names = [name for name in listed.stdout.split("\0") if name]
    found = [f"{name}: {fault}" for name in names if _is_here(Path(name)) for fault in faults(Path(name))]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
