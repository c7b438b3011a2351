"""What citizens say of a published figure ("angka ini janggal"), and what the data steward answers.

Of who said it nothing is kept: no name, no address, not the second (received times are cut to the hour). The text is for the
steward only until an answer quotes it; what no answer quotes is erased `TEXT_KEPT` after the answer. **A flood is harmless by its
shape:** the same thing said of the same figure in the same words (or none) is one more voice of one complaint, and no more than `MOST_OPEN` may wait.
Answers are appended and never changed; the newest holds.

Rejected: a thread of messages (an address to reply to is an address to keep), and automatic answers (nobody would have looked).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa

from pantau.errors import DataError
from pantau.store.register_tables import COMPLAINT_ANSWERS, COMPLAINTS
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

Reason = Literal["high", "low", "gap", "shape", "place", "other"]
"""Too high, too low, missing or zero though something was there, an odd course, a wrong place or name, something else."""
Outcome = Literal["explained", "corrected", "known-gap", "unclear"]
"""The figure is right and here is why; it was wrong and is corrected; something is known to be missing; it could not be told."""
LONGEST: Final = 500
"""Characters of a citizen's text."""
LONGEST_ANSWER: Final = 2_000
MOST_OPEN: Final = 2_000
"""Complaints that may wait for an answer: 2 MB at most, and more than a steward can read."""
MOST_OF_PLACE: Final = 50
"""Of one place, so that a flood about one silences no other."""
TEXT_KEPT: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the steward says.

    Args:
        words: by language ("id", "en"); English may be empty.
        quote: whether the citizen's text is published beside it.
        by: who answers.
        time: UTC.
    """

    outcome: Outcome
    words: Mapping[str, str]
    quote: bool
    by: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing said of one figure.

    Args:
        direction: of the figure; ``both`` or one.
        start, end: UTC, the period that the figure is of.
        text: the citizen's words; may be empty.
        received: UTC, the hour of the first voice.
        voices: how often the same was said.
        answer: the newest one.
    """

    id: str
    place: str
    indicator: str
    direction: str
    start: datetime
    end: datetime
    reason: Reason
    received: datetime
    text: str = ""
    voices: int = 1
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintQuery:
    """Which complaints, newest first; of both kinds where `answered` is None.

    Args:
        places, indicators: of one of these; of any where None.
        since: answered then (UTC) or later; whenever where None.
    """

    answered: bool | None = None
    places: Collection[str] | None = None
    indicators: Collection[str] | None = None
    since: datetime | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Case:
    """What of a complaint may be counted: when it came, when it was first answered, the outcome that holds, its voices."""

    received: datetime
    answered: datetime | None
    outcome: Outcome | None
    voices: int


class Complaints:
    """Complaints and answers in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def put(self, said: Complaint) -> str | None:
        """Keep what was said, or add its voice to the same; the id it has then, or None when too many wait already.

        Raises:
            StoreError: nothing was kept.
        """
        row = {name: getattr(said, name) for name in ("id", "place", "indicator", "direction", "reason", "text")}
        row |= {name: require_utc(getattr(said, name)).isoformat() for name in ("start", "end")}
        hour = require_utc(said.received).replace(minute=0, second=0, microsecond=0).isoformat()
        about = ("place", "indicator", "direction", "start", "end", "reason", "text")
        same = sa.and_(_WAITS, *(COMPLAINTS.c[name] == row[name] for name in about))
        with self._file.write() as connection:
            _erase(connection, said.received)
            known = connection.scalar(sa.select(COMPLAINTS.c.id).where(same))
            if known is not None:
                more = sa.update(COMPLAINTS).where(COMPLAINTS.c.id == known).values(voices=COMPLAINTS.c.voices + 1)
                connection.execute(more)
                return str(known)
            if _waiting(connection) >= MOST_OPEN or _waiting(connection, said.place) >= MOST_OF_PLACE:
                return None
            connection.execute(sa.insert(COMPLAINTS).values(row | {"received": hour, "voices": 1}))
        return said.id

    def answer(self, id_: str, answer: Answer) -> Complaint | None:
        """Append an answer; the complaint as it is then, or None when there is none of this id.

        Raises:
            DataError: nobody signs it, or it says nothing.
            StoreError: nothing was changed.
        """
        if not answer.by.strip() or not answer.words.get("id", "").strip():
            raise DataError("an answer needs words in Indonesian and the name of who answers")
        with self._file.write() as connection:
            known = connection.execute(sa.select(COMPLAINTS.c.id).where(COMPLAINTS.c.id == id_)).first()
            if known is None:
                return None
            connection.execute(
                sa.insert(COMPLAINT_ANSWERS).values(
                    complaint=id_,
                    outcome=answer.outcome,
                    words_id=answer.words["id"].strip(),
                    words_en=answer.words.get("en", "").strip(),
                    quote=answer.quote,
                    by=answer.by.strip(),
                    time=require_utc(answer.time).isoformat(),
                )
            )
            return _read(connection, COMPLAINTS.c.id == id_, 1)[0]

    def page(self, query: ComplaintQuery) -> tuple[Complaint, ...]:
        """What was asked for; answered ones by the time of their answer, others by the hour of their first voice, newest first."""
        where: list[sa.ColumnElement[bool]] = []
        if query.answered is not None:
            where.append(~_WAITS if query.answered else _WAITS)
        if query.places is not None:
            where.append(COMPLAINTS.c.place.in_(sorted(query.places)))
        if query.indicators is not None:
            where.append(COMPLAINTS.c.indicator.in_(sorted(query.indicators)))
        if query.since is not None:
            late = COMPLAINT_ANSWERS.c.time >= require_utc(query.since).isoformat()
            where.append(COMPLAINTS.c.id.in_(_ANSWERED.where(late)))
        with self._file.read() as connection:
            return _read(connection, sa.and_(sa.true(), *where), query.limit)

    def cases(self) -> tuple[Case, ...]:
        """Every complaint ever, oldest first."""
        of = COMPLAINT_ANSWERS.c.complaint == COMPLAINTS.c.id
        first = sa.select(sa.func.min(COMPLAINT_ANSWERS.c.time)).where(of).scalar_subquery()
        newest = sa.select(COMPLAINT_ANSWERS.c.outcome).where(of).order_by(COMPLAINT_ANSWERS.c.id.desc()).limit(1)
        told = (COMPLAINTS.c.received, first.label("answered"), newest.scalar_subquery().label("outcome"))
        with self._file.read() as connection:
            rows = connection.execute(sa.select(*told, COMPLAINTS.c.voices).order_by(COMPLAINTS.c.received)).all()
        return tuple(
            Case(datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None, c, d) for a, b, c, d in rows
        )


_ANSWERED = sa.select(COMPLAINT_ANSWERS.c.complaint)
_WAITS = COMPLAINTS.c.id.not_in(_ANSWERED)


def _waiting(connection: sa.Connection, place: str | None = None) -> int:
    where = _WAITS if place is None else sa.and_(_WAITS, COMPLAINTS.c.place == place)
    return connection.scalar(sa.select(sa.func.count()).select_from(COMPLAINTS).where(where)) or 0


def _erase(connection: sa.Connection, now: datetime) -> None:
    """Texts that no answer quotes, `TEXT_KEPT` after the newest answer."""
    newest = sa.select(COMPLAINT_ANSWERS.c.complaint).group_by(COMPLAINT_ANSWERS.c.complaint)
    old = newest.having(sa.func.max(COMPLAINT_ANSWERS.c.time) < require_utc(now - TEXT_KEPT).isoformat())
    quoted = sa.select(COMPLAINT_ANSWERS.c.complaint).where(COMPLAINT_ANSWERS.c.quote)
    stale = sa.and_(COMPLAINTS.c.text != "", COMPLAINTS.c.id.in_(old), COMPLAINTS.c.id.not_in(quoted))
    connection.execute(sa.update(COMPLAINTS).where(stale).values(text=""))


def _read(connection: sa.Connection, where: sa.ColumnElement[bool], limit: int) -> tuple[Complaint, ...]:
    newest = sa.select(sa.func.max(COMPLAINT_ANSWERS.c.id)).group_by(COMPLAINT_ANSWERS.c.complaint)
    answers = sa.select(COMPLAINT_ANSWERS).where(COMPLAINT_ANSWERS.c.id.in_(newest)).subquery()
    told = [answers.c[name] for name in ("outcome", "words_id", "words_en", "quote", "by", "time")]
    joined = sa.select(COMPLAINTS, *told).outerjoin(answers, answers.c.complaint == COMPLAINTS.c.id).where(where)
    order = (sa.func.coalesce(answers.c.time, COMPLAINTS.c.received).desc(), COMPLAINTS.c.id)
    rows: Sequence[Mapping[str, Any]] = connection.execute(joined.order_by(*order).limit(limit)).mappings().all()  # type: ignore[assignment]  # a RowMapping is one
    return tuple(_complaint(row) for row in rows)


def _complaint(row: Mapping[str, Any]) -> Complaint:
    answer = None
    if row["outcome"] is not None:
        words = {"id": row["words_id"], "en": row["words_en"]}
        answer = Answer(
            outcome=row["outcome"],
            words=words,
            quote=row["quote"],
            by=row["by"],
            time=datetime.fromisoformat(row["time"]),
        )
    return Complaint(
        id=row["id"],
        place=row["place"],
        indicator=row["indicator"],
        direction=row["direction"],
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]),
        reason=row["reason"],
        received=datetime.fromisoformat(row["received"]),
        text=row["text"],
        voices=row["voices"],
        answer=answer,
    )
