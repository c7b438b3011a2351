"""What search engines are told: which pages the portal has (`/sitemap.xml`), and which are not for them (`/robots.txt`).

Listed are the portal's pages for everybody, areas, and places that publish something, each with the day of its newest figure. Rooms, the gallery of
states and places that publish nothing are not listed. The API is not forbidden: who draws our pages to read them needs it.

Sources: https://www.sitemaps.org/protocol.html (at most 50,000 addresses a file, then an index of files); RFC 9309.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from fastapi import APIRouter, Path, Request, Response

from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.fair import WORK, fair
from pantau.serve.http.problems import ProblemError
from pantau.serve.open.datasets import datasets
from pantau.serve.series.figure import remembered
from pantau.serve.services import Services

router = APIRouter(include_in_schema=False)

MOST: Final = 50_000
"""Addresses of one file."""
PAGES: Final = ("/portal", "/portal/about", "/portal/metode", "/portal/transparansi")
ROBOTS: Final = """User-agent: *
Disallow: /room
Disallow: /portal/states

Sitemap: {base}/sitemap.xml
"""
SPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

Listed = tuple[str, date | None]
"""Path of a page, and the day of its newest figure."""


@router.get("/robots.txt", dependencies=[PUBLIC])
def robots(request: Request) -> Response:
    """What is not for search engines, and where the list of pages is."""
    return tagged(request, ROBOTS.format(base=_base(request)).encode(), "text/plain; charset=utf-8", "settled")


@router.get("/sitemap.xml", dependencies=[PUBLIC, fair(WORK, strict=False)])
def sitemap(request: Request, services: ServicesOf) -> Response:
    """Every page, or a list of such files where they are many."""
    listed, base = _listed(request, services), _base(request)
    if len(listed) <= MOST:
        return tagged(request, _urls(listed, base), "application/xml", "settled")
    files = (f"<sitemap><loc>{base}/sitemap-{n + 1}.xml</loc></sitemap>" for n in range(-(-len(listed) // MOST)))
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {SPACE}>{"".join(files)}</sitemapindex>\n'
    return tagged(request, body.encode(), "application/xml", "settled")


@router.get("/sitemap-{number}.xml", dependencies=[PUBLIC, fair(WORK, strict=False)])
def part(request: Request, services: ServicesOf, number: Annotated[int, Path(ge=1, le=1000)]) -> Response:
    """One of those files."""
    listed = _listed(request, services)
    mine = listed[(number - 1) * MOST : number * MOST] if len(listed) > MOST else ()
    if not mine:
        raise ProblemError(404, "No such file", "/sitemap.xml names those that there are")
    return tagged(request, _urls(mine, _base(request)), "application/xml", "settled")


def _listed(request: Request, services: Services) -> tuple[Listed, ...]:
    areas = [area.code for area in request.app.state.known_areas]
    return remembered(request, ("sitemap",), lambda: listed(services, areas))


def listed(services: Services, areas: Sequence[str]) -> tuple[Listed, ...]:
    """The pages for everybody: first those of the city, then areas, then places that publish something.

    Raises:
        StoreError: the store or the control database failed.
    """
    extents = services.numbers.extents()
    newest: dict[str, date] = {}
    for one in datasets(services):
        for place in one.places:
            last = extents[place][one.family.name][1].date()
            newest[place] = max(last, newest.get(place, last))
    found: list[Listed] = [(path, None) for path in PAGES]
    found += [(f"/portal/area/{quote(code, safe='')}", None) for code in sorted(areas)]
    return (*found, *((f"/portal/place/{quote(id_, safe='')}", newest[id_]) for id_ in sorted(newest)))


def _urls(pages: Sequence[Listed], base: str) -> bytes:
    urls = (
        f"<url><loc>{base + escape(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for path, day in pages
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {SPACE}>{"".join(urls)}</urlset>\n'.encode()


def _base(request: Request) -> str:
    return escape(str(request.base_url).rstrip("/"))
