"""A file as the open API answers it, with its tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from pantau.serve.formats import FORMATS
from pantau.serve.formats.sheet import Sheet
from pantau.serve.http.caching import RULES, Keep, matches

IN_MEMORY = 4_000_000
"""Bytes of a file that are not yet worth a temporary one."""
PIECE = 256 * 1024


def sheet_file(request: Request, sheet: Sheet, format_: str, keep: Keep) -> Response:
    """A table as a file: written whole before the first byte is sent, so that its tag is of its content and no file ends half-way."""
    form = FORMATS[format_]
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed when it was sent
    digest, size = hashlib.sha256(), 0
    for piece in form.pieces(sheet):
        digest.update(piece)
        size += file.write(piece)
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in sheet.name)
    headers = {
        "Cache-Control": RULES[keep],
        "ETag": f'"{digest.hexdigest()[:32]}"',
        "Content-Length": str(size),
        "Content-Disposition": f'{"attachment" if form.extension != "json" else "inline"}; filename="{safe}.{form.extension}"',
    }
    if matches(request, headers["ETag"]):
        file.close()
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k in {"Cache-Control", "ETag"}})
    file.seek(0)
    return StreamingResponse(_sent(file), headers=headers, media_type=form.media_type)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
