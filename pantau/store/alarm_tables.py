"""The tables of the control database that hold rules, alarms and what is to be told of them (`pantau.store.alarms`).

    rules     one row per rule in force, its file entry as JSON
    targets   whom to notify; secrets are in `credentials`, sealed
    alarms    one row per alarm; at most one is open for each (rule, place, subject), which an index holds up
    snoozes   until when a rule is quiet at a place
    outbox    notices that are to be delivered, were, or were given up

Times are ISO 8601 in UTC, as in `pantau.store.register_tables`.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, text

from pantau.store.register_tables import METADATA

RULES = Table(
    "rules",
    METADATA,
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("entry", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)

TARGETS = Table(
    "targets",
    METADATA,
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("entry", JSON, nullable=False),
)

ALARMS = Table(
    "alarms",
    METADATA,
    Column("id", String, primary_key=True),
    Column("rule", String, nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("place", String, nullable=False),
    Column("camera", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("since", String, nullable=False, index=True),
    Column("fired", String),
    Column("resolved", String),
    Column("seen", String, nullable=False),
    Column("calm", String),
    Column("value", Float),
    Column("peak", Float),
    Column("limit", Float),
    Column("clear", Float),
    Column("unit", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("acknowledged", String),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("judged", String),
    Column("before", JSON, nullable=False),
    Column("at", JSON, nullable=False),
    Column("trace", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("run", String, nullable=False),
)
Index(
    "alarms_open",
    ALARMS.c.rule,
    ALARMS.c.place,
    ALARMS.c.subject,
    unique=True,
    sqlite_where=text("state != 'resolved'"),
)

SNOOZES = Table(
    "snoozes",
    METADATA,
    Column("rule", String, primary_key=True),
    Column("place", String, primary_key=True),
    Column("until", String, nullable=False),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("time", String, nullable=False),
    Column("body", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due", String, nullable=False),
    Column("trouble", String, nullable=False),
)
