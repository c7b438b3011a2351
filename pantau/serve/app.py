"""Makes the web application out of its services: routes, guards, problems, headers. Knows no concrete store.

Every route must declare its audience; an app with one that doesn't is never made.
"""

from __future__ import annotations

from fastapi import FastAPI

from pantau.serve import flows, imports, levels, metrics, openapi, public, static
from pantau.serve.area_members import areas_of
from pantau.serve.areas import load_areas
from pantau.serve.http import session
from pantau.serve.http.answers import Answers
from pantau.serve.http.audience import declared, routes_of
from pantau.serve.http.fair import LOOK, WORK, fair
from pantau.serve.http.gate import Gate, policy
from pantau.serve.http.limit import Limiter
from pantau.serve.http.problems import install
from pantau.serve.http.untold import UNTOLD
from pantau.serve.now import city_now
from pantau.serve.now.digest import Digests
from pantau.serve.open import accountability_routes, complaints, crawl, feed_routes, share_routes
from pantau.serve.open import routes as open_routes
from pantau.serve.room import alarms, live, potential, steward, teach
from pantau.serve.room import cameras as room
from pantau.serve.services import Services
from pantau.serve.usual import outlook, rhythm


def create_app(services: Services, *, remember_s: float = 0.0) -> FastAPI:
    """The application that answers browsers and programs.

    Args:
        services: what it is made of.
        remember_s: how long public answers are given again to whoever asks the same.

    Raises:
        ConfigError: the areas file can't be read.
        DataError: a route declares no audience.
    """
    app = FastAPI(
        title="Pantau",
        version=services.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=UNTOLD,
    )
    app.state.services = services
    app.state.areas = load_areas(services.city.areas)
    app.state.tries = session.Tries()
    app.state.known_areas = areas_of(app.state.areas)
    app.state.area_names = {area.code: area.name for area in app.state.known_areas}
    app.state.outlooks = {}
    app.state.city_now = {}
    app.state.digests = Digests()
    app.state.pictures = share_routes.Pictures()
    app.state.voices = complaints.Voices()
    app.state.limiter = Limiter(services.open_per_s, services.open_burst)
    install(app)
    looks = (public.router, city_now.router, complaints.router)
    works = (flows.router, outlook.router, rhythm.router)
    rooms = (room.router, levels.router, alarms.router, potential.router, imports.router, teach.router, live.router)
    opened = (
        feed_routes.router,
        share_routes.router,
        accountability_routes.router,
        steward.router,
        open_routes.router,
        open_routes.catalogue,
        crawl.router,
    )
    for parts, cost in ((looks, LOOK), (works, WORK)):
        for part in parts:
            app.include_router(part, dependencies=[fair(cost)])
    # The files come last: they have every other address.
    for part in (public.system, metrics.router, *opened, *rooms, session.router, openapi.router, static.router):
        app.include_router(part)
    for route in routes_of(app):
        declared(route)
    app.state.openapi = None
    app.add_middleware(Gate, hosts=services.hosts, policy=policy(services.city.map_style))
    if remember_s:
        app.add_middleware(
            Answers,
            seconds=remember_s,
            stamp=lambda: (services.releases.decisions(), services.register.places()),
            clock=services.clock,
        )
    return app
