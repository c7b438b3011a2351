"""The built pages: index.html for every page's address, hashed assets for a year, and a plain page when nothing is built.

Only files below the web folder (and the configured basemap style) are ever opened. Rejected: Starlette's StaticFiles as a
mount, because a mount declares no audience.
"""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import takes_gzip
from pantau.serve.http.fair import WORK, fair
from pantau.serve.http.problems import ProblemError
from pantau.serve.open.datasets import datasets
from pantau.serve.open.schema_org import catalogue, head
from pantau.serve.open.share_routes import tags

router = APIRouter(include_in_schema=False)
HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
KEPT_A_YEAR = "public, max-age=31536000, immutable"

AHEAD = ("src/pages/Place.svelte", "src/chart/echarts.ts")
"""What a place's graph needs, by the names of the build's list of files."""

NOT_BUILT = """<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pantau</title><body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
<h1>Pantau</h1>
<p>Halaman web belum dibuat. Jalankan <code>make web</code> di folder Pantau, lalu muat ulang halaman ini.
Data sudah dapat dibaca lewat <a href="/api/v1/places">API</a>.</p>
<p lang="en">The web pages have not been built. Run <code>make web</code> in Pantau's folder, then reload this page.
The data can be read through the <a href="/api/v1/places">API</a> already.</p>
"""


def inside(root: Path, path: str) -> Path | None:
    """The file at `path` below `root`, or None when there is none or it lies elsewhere."""
    if "\0" in path or "\\" in path or len(path) > 512:
        return None
    found = (root / path).resolve()
    return found if found.is_relative_to(root.resolve()) and found.is_file() else None


@router.get("/", dependencies=[PUBLIC])
def front() -> Response:
    """The portal is the front page."""
    return RedirectResponse("/portal", 307)


@router.get("/portal/place/{place}", dependencies=[PUBLIC, fair(WORK, strict=False)])
def place_page(request: Request, services: ServicesOf, place: str) -> Response:
    """The application, and what search engines read of a place that publishes something."""
    index = inside(services.web_root, "index.html") if services.web_root else None
    known = services.register.place(place) if index and "\0" not in place else None
    if index is None or known is None:
        return page(services)
    base = str(request.base_url).rstrip("/")
    told = head(index.read_text("utf-8"), services, datasets(services), known, base)
    told = told.replace("</head>", f"{tags(request, services, known, base)}{_ahead(index.parent)}</head>", 1)
    return Response(told, 200, {"Cache-Control": "no-cache"}, "text/html")


@router.get("/portal/about", dependencies=[PUBLIC, fair(WORK, strict=False)])
def about_page(request: Request, services: ServicesOf) -> Response:
    """The application, and what search engines read of the city's datasets."""
    index = inside(services.web_root, "index.html") if services.web_root else None
    if index is None:
        return page(services)
    told = catalogue(index.read_text("utf-8"), datasets(services), services.city, str(request.base_url).rstrip("/"))
    return Response(told, 200, {"Cache-Control": "no-cache"}, "text/html")


def _ahead(root: Path) -> str:
    """Tags that fetch the scripts and styles of a place's page at once, which would ask for them one after the other."""
    listed = inside(root, ".vite/manifest.json")
    if listed is None:
        return ""
    manifest: dict[str, dict[str, Any]] = json.loads(listed.read_text("utf-8"))
    wanted, found = list(AHEAD), dict[str, None]()
    while wanted:
        chunk = manifest.get(wanted.pop(0), {})
        if chunk.get("file") in found:
            continue
        found |= dict.fromkeys(file for file in (chunk.get("file"), *chunk.get("css", ())) if file)
        wanted += chunk.get("imports", ())
    kinds = {True: 'rel="modulepreload"', False: 'rel="preload" as="style" crossorigin'}
    return "".join(f'<link {kinds[file.endswith(".js")]} href="/{file}">' for file in found)


@router.get("/portal", dependencies=[PUBLIC])
@router.get("/portal/{rest:path}", dependencies=[PUBLIC])
@router.get("/room", dependencies=[PUBLIC])
@router.get("/room/{rest:path}", dependencies=[PUBLIC])
def page(services: ServicesOf) -> Response:
    """The application, which reads its own address; the room's pages are empty until somebody signs in."""
    index = inside(services.web_root, "index.html") if services.web_root else None
    headers = {"Cache-Control": "no-cache"}
    if index is None:
        return Response(NOT_BUILT, 200, {"Cache-Control": "no-store"}, "text/html")
    return FileResponse(index, headers=headers, media_type="text/html")


@router.get("/map/{name}", dependencies=[PUBLIC])
def basemap(services: ServicesOf, name: str) -> Response:
    """The configured basemap style, when it is a file."""
    style = services.city.map_style
    if style is None or services.city.map_address != f"/map/{name}" or not Path(style).is_file():
        raise ProblemError(404, "No basemap", "city.map_style in pantau.toml names no file that is there")
    return FileResponse(style, headers={"Cache-Control": "no-cache"})


@router.get("/{path:path}", dependencies=[PUBLIC])
def asset(request: Request, services: ServicesOf, path: str) -> Response:
    """A file of the built pages, compressed as the build left it where the browser takes that; those with a hash in their name never change."""
    found = inside(services.web_root, path) if services.web_root and not path.startswith("api/") else None
    if found is None:
        raise ProblemError(404, "Not Found", "there is nothing at this address; start at /portal")
    kept = path.startswith("assets/") and HASHED.search(path)
    headers = {"Cache-Control": KEPT_A_YEAR if kept else "no-cache", "Vary": "Accept-Encoding"}
    squeezed = found.with_name(f"{found.name}.gz")
    if takes_gzip(request) and squeezed.is_file():
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        return FileResponse(squeezed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kind)
    return FileResponse(found, headers=headers)
