"""How much one address may ask: a token bucket each, so that nobody keeps the others from being answered.

What costs how much: `pantau.serve.http.fair`. Bounded: the addresses that were quiet longest are forgotten, which only
fills their buckets. A proxy on this computer says whose each request is
(X-Forwarded-For); behind one that does not, all are one address, and the proxy should do this. Source: RFC 6585 §4, RFC 9110 §10.2.3.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from math import ceil

ADDRESSES = 10_000


class Limiter:
    """Token buckets by address.

    Args:
        per_s: tokens that come back in a second.
        burst: tokens of a full bucket.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str, cost: float, now_s: float) -> int:
        """0 when the request may go on, which it has then paid for; else whole seconds until it may."""
        with self._lock:
            left, before = self._left.pop(address, (self._burst, now_s))
            left = min(self._burst, left + max(0.0, now_s - before) * self._per_s)
            fits = left >= cost
            self._left[address] = (left - cost if fits else left), now_s
            while len(self._left) > ADDRESSES:
                self._left.popitem(last=False)
        return 0 if fits else max(1, ceil((cost - left) / self._per_s))
