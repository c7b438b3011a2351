"""What browsers and proxies may keep: tags of content, and three rules.

``settled``: public numbers that time alone won't change may be kept five minutes (late data can still correct them);
``checked``: public answers that must be asked for again, cheaply, by tag; ``never``: everything of the room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from fastapi import Request, Response

Keep = Literal["settled", "checked", "never"]
RULES: Mapping[Keep, str] = {"settled": "public, max-age=300", "checked": "public, no-cache", "never": "no-store"}


def tagged(request: Request, body: bytes, media_type: str, keep: Keep) -> Response:
    """The response with its tag, or 304 when the browser has this very content."""
    headers = {"Cache-Control": RULES[keep], "Vary": "Cookie"}
    if keep != "never":
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if matches(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def matches(request: Request, tag: str) -> bool:
    """Whether the request says that it has this content already (RFC 9110 §13.1.2, weak comparison)."""
    asked = request.headers.get("If-None-Match", "")
    return asked.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in asked.split(",")}
