"""What is said of figures in the staged city, and answered; kept by the store's own small substitute."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from pantau.serve.complaint_schema import (
    AnsweredComplaints,
    ComplaintAnswer,
    ComplaintReceived,
    ComplaintsAnswer,
    NewAnswer,
    NewComplaint,
)
from pantau.serve.complaints import public_answer
from pantau.serve.memory import MemoryComplaints
from pantau.serve.schema import Words
from pantau.store.complaints import Answer, Complaint, ComplaintQuery

ROOT: Final = "/complaints"
DESK: Final = "/steward/complaints"


class StagedComplaints:
    """Takes complaints and answers them."""

    def __init__(self, now: datetime) -> None:
        self.desk = MemoryComplaints()
        self._now = now

    def complaint_post(self, path: str, body: dict[str, Any]) -> tuple[int, BaseModel]:
        """Something is said, or answered."""
        if path == ROOT:
            said = NewComplaint.model_validate(body)
            copied = said.model_dump(include={"place", "indicator", "direction", "reason", "text"})
            id_ = f"{len(self.desk.kept):012x}"
            self.desk.put(Complaint(id=id_, start=said.from_, end=said.to, received=self._now, **copied))
            return 202, ComplaintReceived(id=id_)
        told = NewAnswer.model_validate(body)
        words = {"id": told.id, "en": told.en}
        answer = Answer(outcome=told.outcome, words=words, quote=told.quote, by=told.by, time=self._now)
        found = self.desk.answer(path.split("/")[3], answer)
        assert found is not None
        return 200, _for_room(found)

    def complaints_listed(self) -> BaseModel:
        """As the steward reads them: what waits."""
        return ComplaintsAnswer(
            complaints=tuple(_for_room(one) for one in self.desk.page(ComplaintQuery(answered=False)))
        )

    def complaints_answered(self) -> BaseModel:
        """As everybody reads them."""
        return AnsweredComplaints(
            complaints=tuple(public_answer(one) for one in self.desk.page(ComplaintQuery(answered=True)))
        )


def _for_room(one: Complaint) -> ComplaintAnswer:
    return ComplaintAnswer(
        id=one.id,
        place=one.place,
        place_name="Gerbang uji",
        indicator=one.indicator,
        label=Words(id="Orang lewat", en="People passing"),
        direction=one.direction,
        from_=one.start,
        to=one.end,
        reason=one.reason,
        voices=one.voices,
        received=one.received,
        text=one.text,
        quoted=False,
        answer=None if one.answer is None else public_answer(one).answer,
    )
