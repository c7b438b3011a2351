"""The page's server: on loopback only, behind the `Door`, gone when the counting is done.

Pictures and tiles are answered with ``no-store``, so that the browser keeps none on disk. Answers about the sheet come only
when it is saved. There is nothing here of what Pantau counts itself: who labels must not see it.
``python -m pantau.label.server > web/label.json`` writes what the web's types are made from; a test compares the two.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, RedirectResponse

from pantau.errors import ConfigError, DataError, SourceError
from pantau.label import answers
from pantau.label.desk import WHOLE, Desk
from pantau.label.door import Door
from pantau.label.sheet import Crossing, Sheet
from pantau.label.strip import TILE
from pantau.serve.http.gate import Gate, policy
from pantau.serve.http.problems import ProblemError, install, problem
from pantau.serve.http.untold import UNTOLD
from pantau.serve.static import HASHED, KEPT_A_YEAR, inside
from pantau.store.validations import least
from pantau.types import CLASSES

HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
NO_STORE: Final = {"Cache-Control": "no-store"}
MOST_SAMPLES: Final = 10_000

PLAIN: Final = """<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pantau</title><body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
<h1>Pantau</h1><p>{}</p><p lang="en">{}</p>
"""
USED: Final = (
    "Alamat ini sudah dipakai atau salah. Buka alamat terakhir yang ditulis di terminal; setiap alamat berlaku satu kali.",
    "This address was used already, or is wrong. Open the last one in the terminal; each works once.",
)
NOT_BUILT: Final = (
    "Halaman web belum dibuat. Jalankan make web di folder Pantau, lalu mulai lagi.",
    "The web pages have not been built. Run make web in Pantau's folder, then start again.",
)

api = APIRouter(prefix="/api/label")
pages = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Room:
    """What the app is made of.

    Args:
        web_root: the built pages, if any.
        finish: ends the program.
        evaluate: the command that comes next.
    """

    desk: Desk
    door: Door
    web_root: Path | None
    finish: Callable[[], None]
    evaluate: str = ""


def create_app(room: Room) -> FastAPI:
    """The application of one desk."""
    app = FastAPI(
        title="Pantau label", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=UNTOLD
    )
    app.state.room = room
    install(app)
    app.add_exception_handler(DataError, _refused)
    app.add_exception_handler(SourceError, _refused)
    app.add_exception_handler(ConfigError, _unsaved)
    app.include_router(api, dependencies=[Depends(room.door)])
    app.include_router(pages)
    app.add_middleware(Gate, hosts=HOSTS, policy=policy(None))
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    # These words name no file but the clip's, which the person at the desk gave.
    return problem(422, "Not possible", str(error))


async def _unsaved(_request: Request, error: Exception) -> Response:
    return problem(409, "Not saved", str(error))


def _desk(request: Request) -> Desk:
    room: Room = request.app.state.room
    return room.desk


AtDesk = Annotated[Desk, Depends(_desk)]


# --- what there is ----------------------------------------------------------------------------------------------------


@api.get("/desk")
def desk(request: Request, at: AtDesk, response: Response) -> answers.DeskAnswer:
    """The clip, its lines and what is needed."""
    response.headers.update(NO_STORE)
    about = at.file.about
    room: Room = request.app.state.room
    return answers.DeskAnswer(
        clip=about.clip,
        camera=about.camera.name,
        file=str(at.file.path),
        start=about.start,
        size=about.size,
        fps=about.fps,
        samples_fps=at.fps,
        camera_fps=about.camera.fps,
        columns=at.columns,
        tile=TILE,
        lines=tuple(
            answers.LineAnswer(
                id=name,
                name=line.name,
                start=line.start,
                end=line.end,
                forward=line.forward_name,
                backward=line.backward_name,
                rows=at.strips[name].slit.rows,
                span=at.strips[name].slit.span,
                window=at.window(name),
            )
            for name, line in at.lines.items()
        ),
        needs=tuple(answers.NeedAnswer(road_user=name, least=least(name)) for name in CLASSES),
        evaluate=room.evaluate,
    )


@api.get("/reading")
def reading(at: AtDesk, response: Response) -> answers.ReadingAnswer:
    """How far the clip was gone through."""
    response.headers.update(NO_STORE)
    return answers.ReadingAnswer(**asdict(at.reading), end_s=at.end_s)


@api.get("/samples")
def samples(at: AtDesk, response: Response, first: Annotated[int, Query(ge=0)] = 0) -> answers.SamplesAnswer:
    """When the samples were, at most 10,000 at once."""
    response.headers.update(NO_STORE)
    t_s, frame = at.samples(first)
    return answers.SamplesAnswer(first=first, t_s=tuple(t_s[:MOST_SAMPLES]), frame=tuple(frame[:MOST_SAMPLES]))


@api.get("/lines/{line}/moments")
def moments(at: AtDesk, response: Response, line: str) -> answers.MomentsAnswer:
    """Where to look next."""
    response.headers.update(NO_STORE)
    found = at.moments(line)
    return answers.MomentsAnswer(samples=tuple(n for n, _ in found), along=tuple(along for _, along in found))


@api.get("/lines/{line}/tiles/{number}")
def tile(at: AtDesk, line: str, number: int) -> Response:
    """A tile of the slit-scan as JPEG; 404 while there is none."""
    return _picture(at.strip(line).tile(number) if number >= 0 else b"")


@api.get("/frames/{number}")
def frame(at: AtDesk, number: int, line: str = "") -> Response:
    """A picture of the clip as JPEG, whole or the part around a line."""
    window = WHOLE
    if line:
        at.strip(line)
        window = at.window(line)
    return _picture(at.picture(number, window))


def _picture(jpeg: bytes) -> Response:
    if not jpeg:
        raise ProblemError(404, "No picture", "it was not read yet, or is broken in the clip", NO_STORE)
    return Response(jpeg, 200, NO_STORE, "image/jpeg")


# --- the sheet --------------------------------------------------------------------------------------------------------


def _told(sheet: Sheet, touched: Crossing | None = None) -> answers.SheetAnswer:
    undo, redo = sheet.can
    return answers.SheetAnswer(
        crossings=tuple(map(_crossing, sheet.crossings)),
        labelled=tuple(answers.LabelledAnswer(line=line, from_s=a, to_s=b) for line, (a, b) in sheet.stretches.items()),
        can_undo=undo,
        can_redo=redo,
        touched=_crossing(touched) if touched else None,
    )


def _crossing(crossing: Crossing) -> answers.CrossingAnswer:
    return answers.CrossingAnswer.model_validate(asdict(crossing))


@api.get("/sheet")
def sheet(at: AtDesk, response: Response) -> answers.SheetAnswer:
    """All counts."""
    response.headers.update(NO_STORE)
    return _told(at.sheet)


@api.post("/crossings")
def add(at: AtDesk, new: answers.NewCrossing) -> answers.SheetAnswer:
    """Count one."""
    seen = replace(at.crossing(new.line, new.frame), along=new.along, direction=new.direction, road_user=new.road_user)
    with at.changing() as changed:
        touched = changed.add(seen)
    return _told(changed, touched)


@api.patch("/crossings/{number}")
def change(at: AtDesk, number: int, new: answers.ChangedCrossing) -> answers.SheetAnswer:
    """Correct one."""
    with at.changing() as changed:
        said = new.model_dump(exclude_none=True)
        if new.frame is not None:
            said["t_s"] = at.reel.t_s(new.frame)
        changed.change(replace(changed.known(number), **said))
        touched = changed.known(number)
    return _told(changed, touched)


@api.delete("/crossings/{number}")
def remove(at: AtDesk, number: int) -> answers.SheetAnswer:
    """Take one out."""
    with at.changing() as changed:
        touched = changed.known(number)
        changed.remove(number)
    return _told(changed, touched)


@api.post("/undo")
def undo(at: AtDesk) -> answers.SheetAnswer:
    """Take back the last change."""
    with at.changing() as changed:
        touched = changed.undo()
    return _told(changed, touched)


@api.post("/redo")
def redo(at: AtDesk) -> answers.SheetAnswer:
    """Bring back what was undone last."""
    with at.changing() as changed:
        touched = changed.redo()
    return _told(changed, touched)


@api.put("/lines/{line}/labelled")
def labelled(at: AtDesk, line: str, looked: answers.Looked) -> answers.SheetAnswer:
    """Say in which stretch everything was counted."""
    with at.changing() as changed:
        stretch = None if looked.from_s is None or looked.to_s is None else (looked.from_s, min(looked.to_s, at.end_s))
        changed.look(line, stretch)
    return _told(changed)


@api.post("/finish", status_code=204)
def finish(request: Request) -> Response:
    """End the program; everything is saved already."""
    room: Room = request.app.state.room
    room.finish()
    return Response(status_code=204)


# --- the page ---------------------------------------------------------------------------------------------------------


@pages.get("/")
def page(request: Request, token: Annotated[str, Query(max_length=128)] = "") -> Response:
    """The page; a token in the address is changed into a cookie first."""
    room: Room = request.app.state.room
    if token:
        session = room.door.enter(token)
        if session is None:
            return Response(PLAIN.format(*map(escape, USED)), 403, NO_STORE, "text/html")
        answer = RedirectResponse("/", 303, NO_STORE)
        answer.set_cookie(room.door.cookie, session, httponly=True, samesite="strict", path="/")
        return answer
    found = inside(room.web_root, "label.html") if room.web_root else None
    if found is None:
        return Response(PLAIN.format(*map(escape, NOT_BUILT)), 200, NO_STORE, "text/html")
    return FileResponse(found, headers=NO_STORE, media_type="text/html")


@pages.get("/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A file of the built pages."""
    room: Room = request.app.state.room
    found = inside(room.web_root, path) if room.web_root and path.startswith(("assets/", "favicon")) else None
    if found is None:
        raise ProblemError(404, "Not Found", "there is nothing at this address; the page is at /")
    return FileResponse(found, headers={"Cache-Control": KEPT_A_YEAR if HASHED.search(path) else "no-cache"})


def document() -> bytes:
    """The OpenAPI document of the API, the same bytes every time."""
    app = FastAPI()
    app.include_router(api)
    made = get_openapi(title="Pantau label", version="1", routes=app.routes)
    return (json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
