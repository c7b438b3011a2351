"""The door: which hosts are answered, who may change something, and the headers every answer carries.

**Host.** A page of another site whose name is made to point at 127.0.0.1 (DNS rebinding) would be same-origin with Pantau;
it is refused because its Host header is not one of ours. **Origin.** A request that changes something must come from a
page of ours; cookies are SameSite=Strict as well. **Headers.** Pages load nothing from elsewhere (CSP), are not framed
by other sites, and say nothing of their address to them. Open data, places and the script that draws them elsewhere may be read by pages of every site
(CORS, without cookies). Written as plain ASGI, so that streams stay streams.
Source: OWASP Cheat Sheets (CSRF prevention, HTTP headers); CSP level 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pantau.errors import ConfigError
from pantau.serve.http.problems import problem

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_BODY = 16 * 1024
"""Bytes of a request's body; the largest real one is a one-time code."""
EXPOSED = "ETag, Retry-After, Content-Disposition"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, Accept",
    "Access-Control-Max-Age": "86400",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_address(host: str, *, has_account: bool) -> None:
    """Let only loopback addresses be listened on while there is no account.

    Raises:
        ConfigError: `host` can be reached from other computers, and nobody has to sign in.
    """
    if host not in LOOPBACK and not has_account:
        raise ConfigError(
            f"server.host is {host!r}, which other computers can reach, but no account exists yet; set it to 127.0.0.1 "
            "(use an SSH tunnel to look from elsewhere), or make an account first"
        )


def policy(map_style: str | None) -> str:
    """The content security policy; a basemap style from elsewhere opens pictures and fetches to https, nothing else."""
    elsewhere = ""
    if map_style and map_style.startswith(("http://", "https://")):
        parts = urlsplit(map_style)
        elsewhere = f" https: {parts.scheme}://{parts.netloc}" if parts.scheme == "http" else " https:"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{elsewhere}",
            f"connect-src 'self'{elsewhere}",
            "worker-src 'self' blob:",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


class Gate:
    """ASGI middleware around everything else.

    Args:
        app: what it guards.
        hosts: names (without port) under which we answer.
        policy: the content security policy, without its frame-ancestors.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], policy: str) -> None:
        self._app, self._hosts, self._policy = app, hosts, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one connection."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = self._headers(str(scope["path"]))

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and open_to_all(str(scope["path"])):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, sealed)
            return
        if name_of(headers.get("host", "")) not in self._hosts:
            refusal = problem(421, "Unknown host", f"open this server as one of: {', '.join(sorted(self._hosts))}")
        elif scope["method"] not in SAFE_METHODS and not same_origin(headers):
            refusal = problem(403, "Other origin", "only Pantau's own pages may change something here")
        elif int_of(headers.get("content-length", "0")) > MOST_BODY:
            refusal = problem(413, "Too much", "send less; no request here needs more than a few hundred bytes")
        else:
            # Who answers GET answers HEAD (RFC 9110 §9.3.2); the server below leaves the body out.
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self._app(asked, receive, sealed)
            return
        await refusal(scope, receive, sealed)

    def _headers(self, path: str) -> Mapping[str, str]:
        opened = open_to_all(path)
        return {
            **({"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED} if opened else {}),
            "Content-Security-Policy": f"{self._policy}; frame-ancestors 'self'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
            "Cross-Origin-Resource-Policy": "cross-origin" if opened else "same-origin",
        }


def open_to_all(path: str) -> bool:
    """Whether pages of every other site may read what is here: open data and what draws it, which no cookie changes."""
    return path.startswith(("/api/v1/open/", "/api/v1/places/", "/catalog.", "/embed/"))


def name_of(host: str) -> str:
    """The name in a Host header, lower case, without its port; ``[::1]`` keeps its brackets."""
    name, _, port = host.strip().lower().rpartition(":")
    return name if name and port.isdecimal() else host.strip().lower()


def int_of(text: str) -> int:
    """A Content-Length as a number; what is none is refused by the server before."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def same_origin(headers: Headers) -> bool:
    """Whether a browser says that the request comes from our own page; programs that are no browsers say nothing."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
