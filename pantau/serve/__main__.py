"""``python -m pantau.serve > web/openapi.json`` writes the API's document, made without a city."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.openapi import document

if __name__ == "__main__":
    sys.stdout.write(document(create_app(memory_services(datetime(2026, 1, 1, tzinfo=UTC)))).decode())
