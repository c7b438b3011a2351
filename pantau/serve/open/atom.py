"""Atom (RFC 4287): a feed as bytes, the same for the same entries, so that its tag holds.

Ids are ``urn:uuid:`` made from what an entry is about and never from where it is served: a city that changes its address keeps
its readers' places. Rejected: RSS 2.0 (no updated time, no language, ids by convention); every reader takes Atom.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

ATOM: Final = "http://www.w3.org/2005/Atom"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA_TYPE: Final = "application/atom+xml"
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, escaped or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened.

    Args:
        about: what it is about, part by part; makes its id, so it never changes.
        title, text: plain, in the feed's language.
        link: address of the page.
        published, updated: UTC.
        kind: term of its category.
    """

    about: tuple[str, ...]
    title: str
    text: str
    link: str
    published: datetime
    updated: datetime
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Entries and whose they are.

    Args:
        own: address of the feed itself; page: of what it is about.
        since: when a feed without entries was last changed.
    """

    about: tuple[str, ...]
    title: str
    subtitle: str
    author: str
    rights: str
    language: str
    own: str
    page: str
    version: str
    since: datetime
    entries: Sequence[Entry]


def urn(about: Sequence[str]) -> str:
    """The id of what is about this."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, '|'.join(('pantau', *about)))}"


def atom(feed: Feed) -> bytes:
    """The document; newest entries first."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {XML_LANG: feed.language})
    entries = sorted(feed.entries, key=lambda one: (one.updated, one.about), reverse=True)
    _text(root, "id", urn(feed.about))
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", _time(entries[0].updated if entries else feed.since))
    _text(ET.SubElement(root, f"{{{ATOM}}}author"), "name", feed.author)
    _text(root, "rights", feed.rights)
    generator = _text(root, "generator", "Pantau")
    generator.set("version", feed.version)
    _link(root, "self", feed.own, MEDIA_TYPE)
    _link(root, "alternate", feed.page, "text/html")
    for one in entries:
        _entry(root, one)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, one: Entry) -> None:
    entry = ET.SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", urn(one.about))
    _text(entry, "title", one.title)
    _text(entry, "published", _time(one.published))
    _text(entry, "updated", _time(one.updated))
    ET.SubElement(entry, f"{{{ATOM}}}category", {"term": one.kind})
    _link(entry, "alternate", one.link, "text/html")
    content = _text(entry, "content", one.text)
    content.set("type", "text")


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    made.text = NOT_XML.sub("", text)
    return made


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href, "type": kind})


def _time(time: datetime) -> str:
    return time.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
