"""One question to a camera in SOAP 1.2 over HTTP, and its answer.

A question is signed twice over: by a WS-Security digest, base64(SHA-1(nonce + created + password)), in which *created* is the
time on the camera's own clock, as most refuse one that is some seconds old; and by HTTP digest where the camera asks for it.
The password itself is never sent, nor tried a second time (cameras lock accounts), and no other host is ever asked.

What comes back is hostile until it was read: at most `MOST_BYTES`, within `LIMIT_S` for all questions of one
conversation, no redirects, no document type and so no entities (`defusedxml`), any namespace prefix.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, Any, Final
from urllib.request import Request, parse_http_list, parse_keqv_list
from xml.etree.ElementTree import Element, ParseError  # types; what parses is defusedxml
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from typing_extensions import override

from pantau.ingest.decode import Clock, wall_clock
from pantau.ingest.fault import FAULTS, FaultError

MOST_BYTES: Final = 2 << 20
"""An answer may be so long: a recorder of 128 channels says half of it about its profiles."""
LIMIT_S: Final = 10.0
"""All questions of a conversation have to be answered within this."""
TOKEN: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"  # noqa: S105  # a namespace
ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">{head}<s:Body>{body}</s:Body></s:Envelope>'
)
SECURITY: Final = (
    f'<s:Header><Security s:mustUnderstand="1" xmlns="{TOKEN}wssecurity-secext-1.0.xsd"><UsernameToken>'
    f'<Username>{{user}}</Username><Password Type="{TOKEN}username-token-profile-1.0#PasswordDigest">{{digest}}</Password>'
    f'<Nonce EncodingType="{TOKEN}soap-message-security-1.0#Base64Binary">{{nonce}}</Nonce>'
    f'<Created xmlns="{TOKEN}wssecurity-utility-1.0.xsd">{{created}}</Created></UsernameToken></Security></s:Header>'
)
REFUSED: Final = ("notauthorized", "failedauthentication", "failedcheck", "invalidsecurity")
"""Subcodes of a SOAP fault that mean the user or the password."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: what is meant for this camera is signed for it."""

    @override
    def redirect_request(self, *_: object) -> None:
        return None


class _Connection(http.client.HTTPConnection):
    """Hands its socket to who may cut it off."""

    held: Callable[[socket.socket], None]

    @override
    def connect(self) -> None:
        super().connect()
        self.held(self.sock)


class _Held(urllib.request.HTTPHandler):
    """Opens connections that can be cut off: a limit for each read does not stop a camera that drips."""

    def __init__(self, held: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._hold = held

    @override
    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, /, **asked: Any) -> _Connection:  # noqa: ANN401  # passed on as they come
        connection = _Connection(host, **asked)
        connection.held = self._hold
        return connection


class _DigestOnce(urllib.request.HTTPDigestAuthHandler):
    """Answers the first digest challenge that it can, once; the base class tries a wrong password five times."""

    @override
    def http_error_401(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage
    ) -> http.client.HTTPResponse | None:
        if req.has_header(self.auth_header):
            return None
        for challenge in headers.get_all("www-authenticate", []):
            kind, _, told = challenge.partition(" ")
            if kind.lower() == "digest" and (signed := self._signed(req, told)):
                req.add_unredirected_header(self.auth_header, f"Digest {signed}")
                fp.close()
                answer: http.client.HTTPResponse = self.parent.open(req, timeout=req.timeout)
                return answer
        return None

    def _signed(self, req: Request, told: str) -> str | None:
        try:
            return self.get_authorization(req, parse_keqv_list([part for part in parse_http_list(told) if part]))
        except (ValueError, IndexError):  # a hash that we do not have, or no challenge at all
            return None


@dataclass(eq=False)
class Conversation:
    """Some questions to one camera.

    Args:
        base: ``http://host:port``.
        credentials: (user, password).
        timeout_s: silence after which it does not answer.
        clock: UTC now.
        ahead: how far the camera's clock is ahead of ours, once it was asked.
    """

    base: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    timeout_s: float = 3.0
    clock: Clock = wall_clock
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._until_s = time.monotonic() + LIMIT_S
        self._sockets: list[socket.socket] = []
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.ProxyHandler({}),
            _Stay(),
            _Held(self._sockets.append),
        ]
        if self.credentials is not None:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, self.base, *self.credentials)
            handlers.append(_DigestOnce(known))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, path: str, question: str, *, signed: bool = True) -> Element:
        """What the body of the answer holds, without namespaces.

        Args:
            path: of the service on the camera.
            question: the XML element that is asked.
            signed: false for what a camera tells anybody.

        Raises:
            FaultError: it did not answer, or not what can be used; ``refused`` when it does not know the question.
        """
        sent = ENVELOPE.format(head=self._security() if signed and self.credentials else "", body=question)
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        request = Request(self.base + path, sent.encode(), headers, method="POST")  # noqa: S310  # http, see `device`
        cut = threading.Timer(max(0.0, self._until_s - time.monotonic()), self._cut)
        cut.start()
        try:
            return self._answer(request)
        except (TimeoutError, http.client.HTTPException, ConnectionError, UnicodeError, ValueError) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= self._until_s
            raise FaultError(FAULTS["timeout" if late else "no-onvif"]) from None
        except OSError:  # URLError among them; its text may hold the address
            raise FaultError(FAULTS["unreachable"]) from None
        finally:
            cut.cancel()
            self._sockets.clear()

    def _answer(self, request: Request) -> Element:
        try:
            with self._opener.open(request, timeout=self.timeout_s) as reply:
                return _body(self._read(reply), reply.status)
        except urllib.error.HTTPError as error:  # SOAP faults come this way, too
            with error:
                if error.code in {401, 403}:
                    raise FaultError(FAULTS["auth"]) from None
                return _body(self._read(error), error.code)

    def _cut(self) -> None:
        """The time is over: whoever reads gets the end."""
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _security(self) -> str:
        user, password = self.credentials or ("", "")
        nonce = secrets.token_bytes(16)
        created = f"{self.clock() + self.ahead:%Y-%m-%dT%H:%M:%S}Z"
        digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324  # as the profile wants it
        return SECURITY.format(
            user=escape(user),
            digest=base64.b64encode(digest).decode(),
            nonce=base64.b64encode(nonce).decode(),
            created=created,
        )

    def _read(self, reply: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
        """All of an answer, within the limits."""
        got = bytearray()
        while (piece := reply.read1(1 << 16)) and len(got) <= MOST_BYTES:
            got += piece
        if time.monotonic() >= self._until_s:  # cut off: an end that is none
            raise FaultError(FAULTS["timeout"])
        if len(got) > MOST_BYTES:
            raise FaultError(FAULTS["no-onvif"])
        return bytes(got)


def _body(answer: bytes, status: int) -> Element:
    """The element inside the envelope's body."""
    try:
        root: Element = fromstring(answer, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        raise FaultError(FAULTS["no-onvif"]) from None
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    body = root.find("Body")
    if root.tag != "Envelope" or body is None or len(body) == 0:
        raise FaultError(FAULTS["no-onvif"])
    inner = body[0]
    if inner.tag == "Fault" or status >= 400:
        codes = " ".join(text for text in inner.itertext() if text).lower()
        raise FaultError(FAULTS["auth" if any(code in codes for code in REFUSED) else "refused"])
    return inner
