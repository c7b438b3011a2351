"""The tables of the control database, as SQLAlchemy Core sees them; `pantau.store.migrations` makes them.

    cameras      what is known of each camera; `retired` ones keep their row, because numbers point to them
    places       one row per revision of a line, zone or site; the one in force has no `until`
    credentials  sealed user names and passwords, apart from the cameras (`pantau.store.vault`)
    codes        one-time codes, hashed
    sessions     who is signed in, hashed
    validations  comparisons of a camera's counts with the truth (`pantau.store.validations`)
    self_checks  comparisons of a camera's counts with themselves (`pantau.store.self_checks`)
    views        what a camera showed when its places were drawn (`pantau.store.views`)
    examples     stills that people marked, as vectors (`pantau.store.examples`)
    lessons      which examples are in force at a place
    decisions    what the data steward let be published, or not (`pantau.store.releases`)
    released     person counts as they were published, a row per place, indicator and month
    release_keys which secret the published counts are made with, by its fingerprint
    complaints   what citizens said of published figures, and `complaint_answers` (`pantau.store.complaints`)
    cordons      declared boundary lines of groups (`pantau.store.cordons`)
    state        `version` counts up with every change that other parts want to know of

Times are ISO 8601 in UTC. Rejected: an ORM (two ways to read a row), and one table per kind of place (an id is one place).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

METADATA = MetaData()

CAMERAS = Table(
    "cameras",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("source", String, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("area", String, nullable=False),
    Column("detector", String, nullable=False),
    Column("fps", Float, nullable=False),
    Column("analysers", JSON, nullable=False),
    Column("priority", String, nullable=False, server_default="normal"),
    Column("attribution", String, nullable=False),
    Column("masks", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("ground", JSON),
    Column("road", JSON),
    Column("revision", Integer, nullable=False),
    Column("retired", String),
)

PLACES = Table(
    "places",
    METADATA,
    Column("id", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("camera", String, index=True),
    Column("position", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("geometry", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("since", String, nullable=False),
    Column("until", String),
)

CREDENTIALS = Table(
    "credentials",
    METADATA,
    Column("camera", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

CODES = Table(
    "codes",
    METADATA,
    Column("hash", String, primary_key=True),
    Column("until", String, nullable=False),
    Column("wrong", Integer, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("hash", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("until", String, nullable=False),
)

VALIDATIONS = Table(
    "validations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("camera", String, nullable=False, index=True),
    Column("place", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("road_user", String, nullable=False),
    Column("truth", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("over", Integer, nullable=False),
    Column("net_error", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("time", String, nullable=False),
    Column("method", String, nullable=False),
    Column("fps", Float, nullable=False),
    Column("revisions", JSON, nullable=False),
    Column("clip", String, nullable=False),
    Column("source", String, nullable=False),
)

SELF_CHECKS = Table(
    "self_checks",
    METADATA,
    Column("camera", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("place", String, primary_key=True),
    Column("family", String, primary_key=True),
    Column("direction", String, primary_key=True),
    Column("start", String, primary_key=True),
    Column("end", String, nullable=False),
    Column("other", String, nullable=False),
    Column("expected", Float),
    Column("found", Float),
    Column("tolerance", Float),
    Column("n", Integer, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("time", String, nullable=False),
    Index("ix_self_checks_place", "place", "start", sqlite_where=text("verdict = 'inconsistent'")),
    Index("ix_self_checks_other", "other", "start", sqlite_where=text("verdict = 'inconsistent'")),
)

VIEWS = Table(
    "views",
    METADATA,
    Column("camera", String, primary_key=True),
    Column("drawn", String, nullable=False),
    Column("features", String, nullable=False),
    Column("time", String, nullable=False),
)

EXAMPLES = Table(
    "examples",
    METADATA,
    Column("place", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("picture", String, primary_key=True),
    Column("label", String, nullable=False),
    Column("time", String, nullable=False),
    Column("marked", String, nullable=False),
    Column("by", String, nullable=False),
    Column("model", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("thumbnail", LargeBinary, nullable=False),
)

LESSONS = Table(
    "lessons",
    METADATA,
    Column("place", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("learned", String, nullable=False),
    Column("by", String, nullable=False),
    Column("pictures", JSON, nullable=False),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("family", String, nullable=False),
    Column("place", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("time", String, nullable=False),
    Column("reason", String, nullable=False),
)

RELEASED = Table(
    "released",
    METADATA,
    Column("place", String, primary_key=True),
    Column("indicator", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("corrected", String, nullable=False),
    Column("key", String, nullable=False),
    Column("cells", JSON, nullable=False),
)

RELEASE_KEYS = Table(
    "release_keys",
    METADATA,
    Column("fingerprint", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("time", String, nullable=False),
)

COMPLAINTS = Table(
    "complaints",
    METADATA,
    Column("id", String, primary_key=True),
    Column("place", String, nullable=False, index=True),
    Column("indicator", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("start", String, nullable=False),
    Column("end", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("text", String, nullable=False),
    Column("received", String, nullable=False, index=True),
    Column("voices", Integer, nullable=False),
)

COMPLAINT_ANSWERS = Table(
    "complaint_answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("complaint", String, ForeignKey("complaints.id"), nullable=False, index=True),
    Column("outcome", String, nullable=False),
    Column("words_id", String, nullable=False),
    Column("words_en", String, nullable=False),
    Column("quote", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("time", String, nullable=False),
)

CORDONS = Table(
    "cordons",
    METADATA,
    Column("of", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("lines", JSON, nullable=False),
)

STATE = Table(
    "state",
    METADATA,
    Column("key", String, primary_key=True),
    Column("value", Integer, nullable=False),
)
