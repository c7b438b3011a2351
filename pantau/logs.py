"""How this process logs: key-values on stderr, and never a password.

Libraries put whole addresses into their messages, so every value is scrubbed of user and password on its way out.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def scrub(text: str) -> str:
    """`text` without the user and password of any address in it."""
    return _CREDENTIALS.sub("", text)


def _scrub_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = scrub(value)
    return event


def configure_logs(level: int = logging.INFO) -> None:
    """Send structlog's events to stderr, scrubbed."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _scrub_event,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(
            sys.stderr
        ),  # as it is then: who captured it before may have closed it
    )
