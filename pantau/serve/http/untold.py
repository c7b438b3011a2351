"""FastAPI's own telemetry, off: who asked what is told to nobody, whatever an environment variable says.

From 0.165 on it traces every request through OpenTelemetry, with the asker's address and the whole question, and one variable in a unit
file would send that away (docs/privacy: no address is kept). What an operator needs to know of the server is on ``/metrics``, counted.
"""

from __future__ import annotations

from typing import Final

from fastapi.telemetry import TelemetryConfig

UNTOLD: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
