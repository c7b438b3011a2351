"""What browsers and proxies may keep: tags of content, and three rules.

``settled``: public numbers that time alone won't change may be kept five minutes (late data can still correct them);
``checked``: public answers that must be asked for again, cheaply, by tag; ``never``: everything of the room.

Public answers from `LARGE` on are compressed for who takes it, as fast as can be: the list of a city's places is 200 kB as it is and a
tenth of that compressed, which a phone far from a mast notices. What the room gets is not (nothing secret is compressed
beside what an attacker may choose; BREACH, 2013).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import Literal

from fastapi import Request, Response

Keep = Literal["settled", "checked", "never"]
RULES: Mapping[Keep, str] = {"settled": "public, max-age=300", "checked": "public, no-cache", "never": "no-store"}
LARGE = 4_000
"""Bytes of an answer from which on it is compressed."""


def tagged(request: Request, body: bytes, media_type: str, keep: Keep) -> Response:
    """The response with its tag, or 304 when the browser has this very content."""
    headers = {"Cache-Control": RULES[keep], "Vary": "Cookie"}
    if keep == "never":
        return Response(body, headers=headers, media_type=media_type)
    squeeze = len(body) >= LARGE and takes_gzip(request)
    headers["Vary"] = "Cookie, Accept-Encoding"
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}{"-gz" if squeeze else ""}"'
    if matches(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if squeeze:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1, mtime=0)
    return Response(body, headers=headers, media_type=media_type)


def takes_gzip(request: Request) -> bool:
    """Whether the request names gzip among the encodings it takes, and does not refuse it (RFC 9110 §12.5.3)."""
    for one in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = one.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def matches(request: Request, tag: str) -> bool:
    """Whether the request says that it has this content already (RFC 9110 §13.1.2, weak comparison)."""
    asked = request.headers.get("If-None-Match", "")
    return asked.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in asked.split(",")}
