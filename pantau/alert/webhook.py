"""Tells a siren, a relay or a control room: a signed POST, as Standard Webhooks says (standardwebhooks.com, version 1).

    webhook-id          the notice's id: the same at every try, so that the receiver can take it once
    webhook-timestamp   of this try
    webhook-signature   v1,base64 of HMAC-SHA-256 over id.timestamp.body; left out for a target without a secret

Any answer 2xx means taken. Redirects are not followed: a signed notice goes where the city said. Limits: a receiver that can't
check a signature should be on a network of its own.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Final

from standardwebhooks.webhooks import Webhook
from typing_extensions import override

from pantau.alarm import Notice
from pantau.config import public_address
from pantau.errors import DeliveryError

TIMEOUT_S: Final = 5.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    @override
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


class WebhookNotifier:
    """A `pantau.ports.Notifier` for one address.

    Args:
        url: where to.
        secret: ``whsec_…``; empty sends unsigned.
        clock: UTC now, for the timestamp of each try.
    """

    def __init__(self, url: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._url, self._secret, self._clock = url, secret, clock
        self._opener = urllib.request.build_opener(_Stay)

    def notify(self, notice: Notice) -> None:
        """One try.

        Raises:
            DeliveryError: it was not taken.
        """
        now = self._clock()
        headers = {
            "content-type": "application/json",
            "user-agent": "Pantau",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._secret:
            headers["webhook-signature"] = Webhook(self._secret).sign(notice.id, now, notice.body)
        request = urllib.request.Request(self._url, notice.body.encode(), headers, method="POST")  # noqa: S310  # http(s), by the rule file
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as error:
            raise DeliveryError(f"{public_address(self._url)} answered {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise DeliveryError(f"{public_address(self._url)} can't be reached: {reason}") from None
