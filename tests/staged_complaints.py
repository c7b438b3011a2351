"""What is said of figures in the staged city, and answered; kept by the store's own small substitute."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from fastapi.testclient import TestClient
from pydantic import BaseModel

from pantau.places import Camera
from pantau.serve.app import create_app
from pantau.serve.http.audience import COOKIE
from pantau.serve.memory import MemoryComplaints, MemoryRegister, MemoryReleases, memory_services
from pantau.serve.open.complaints import public_answer
from pantau.serve.schema.accountability import MethodsAnswer, NewDecision, PoliciesAnswer, TransparencyAnswer
from pantau.serve.schema.answer import Words
from pantau.serve.schema.complaints import (
    AnsweredComplaints,
    ComplaintAnswer,
    ComplaintReceived,
    ComplaintsAnswer,
    NewAnswer,
    NewComplaint,
)
from pantau.serve.schema.policy import decision_taken
from pantau.store.complaints import Answer, Complaint, ComplaintQuery
from pantau.store.releases import Decision

ROOT: Final = "/complaints"
DESK: Final = "/steward/complaints"
ACCOUNTABLE: Final = ("/open/transparency", "/open/methods", "/steward/policies")
CAMERA: Final = Camera(id="uji", name="Kamera uji", source="uji", area="33.74.01")


class StagedComplaints:
    """Takes complaints and answers them."""

    def __init__(self, now: datetime) -> None:
        self.desk, self.releases = MemoryComplaints(), MemoryReleases()
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

    def accountable(self) -> dict[str, BaseModel]:
        """What the pages about the city itself are told, by the real routes over a city in memory."""
        services = replace(
            memory_services(self._now), complaints=self.desk, releases=self.releases, register=MemoryRegister((CAMERA,))
        )
        app = create_app(services)
        room = TestClient(app, base_url="http://localhost", cookies={COOKIE: "token"})
        services.sessions.tokens.add("token")  # type: ignore[attr-defined]  # sessions in memory
        kinds: dict[str, type[BaseModel]] = {
            "/open/transparency": TransparencyAnswer,
            "/open/methods": MethodsAnswer,
            "/steward/policies": PoliciesAnswer,
        }
        return {path: kind.model_validate_json(_asked(room, path)) for path, kind in kinds.items()}

    def decide(self, body: dict[str, Any]) -> BaseModel:
        """The steward approves or withdraws."""
        new = NewDecision.model_validate(body)
        made = Decision(**new.model_dump(), time=self._now)
        self.releases.decide(made)
        return decision_taken(made, MemoryRegister())

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


def _asked(client: TestClient, path: str) -> bytes:
    """The answer's bytes under the names that the models take."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.content.replace(b'"from":', b'"from_":')


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
