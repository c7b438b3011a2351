"""The pages that say what the code says: `python -m docs.generate` writes them, `--check` compares.

    docs/reference/cli.md           from the command line
    docs/reference/settings.md      from `pantau.config`
    docs/reference/camera-file.md   from `pantau.camera_file`
    docs/reference/cordon-file.md   from `pantau.cordon_file`
    docs/reference/rule-file.md     from `pantau.alert.rule_file`
    docs/reference/vocabulary.md    from vocabulary.toml and vocabulary_levels.toml
    docs/reference/api.md           from web/openapi.json
    docs/reference/errors.md        from `pantau.errors` and the faults of a stream
    docs/reference/models.md        from models.toml
    README.md, docs/methods/*.md    figures between marks, from bench/results.json (`docs.figures`)

A page is a function without arguments that gives Markdown. Rejected: mkdocs plugins (the pages must read well on a git
host, where no plugin runs).
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.commands import Command, Parameter, commands
from docs.figures import with_figures
from pantau import errors
from pantau.alert.rule_file import NotifyEntry, RuleEntry
from pantau.camera_file import CameraEntry, LineEntry
from pantau.config import Settings
from pantau.cordon_file import BorderLine, CordonEntry
from pantau.ground_file import GroundEntry, PointEntry, RoadEntry, ServiceEntry
from pantau.ingest.fault import FAULTS
from pantau.layout import SlotEntry
from pantau.see.fetch import Source
from pantau.see.registry import ModelEntry, list_models
from pantau.vocabulary import Family, Indicator, Level, families, levels
from pantau.zone_file import ZoneEntry

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `python -m docs.generate`; change the code instead. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends inside cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(title: str, *parts: str) -> str:
    """A page with its title and the note that says where it comes from."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"


# --- command line -----------------------------------------------------------------------------------------------------


def cli() -> str:
    """Every command with its arguments and options."""
    found = commands()
    index = table(["command", "what it does"], [[_link(c), c.help.split("\n")[0]] for c in found])
    about = (
        "Results go to standard output, progress and complaints to standard error. An expected fault prints one sentence "
        "and ends with status 1. `pantau --version` prints the version, `--help` after any command its help."
    )
    return page("Command line", about, index, *(_command(c) for c in found))


def _link(command: Command) -> str:
    name = " ".join(("pantau", *command.path))
    return f"[`{name}`](#{name.replace(' ', '-')})"


def _command(command: Command) -> str:
    required = [p for p in command.parameters if p.required]
    words = ["pantau", *command.path]
    words += [f"{p.words[0]} {p.value}" for p in required if not p.is_argument]
    words += [
        p.words[0].upper() if p.required else f"[{p.words[0].upper()}]" for p in command.parameters if p.is_argument
    ]
    if len(required) < sum(1 for p in command.parameters if not p.is_argument) + sum(p.is_argument for p in required):
        words.append("[OPTIONS]")
    rows = [[_written(p), p.help, "required" if p.required else p.default] for p in command.parameters]
    known = table(["", "", "default"], rows) if rows else ""
    return "\n\n".join(
        part
        for part in (
            f"## {' '.join(words[: 1 + len(command.path)])}",
            f"{command.help}",
            f"```\n{' '.join(words)}\n```",
            known,
        )
        if part
    )


def _written(parameter: Parameter) -> str:
    if parameter.is_argument:
        return f"`{parameter.words[0].upper()}`"
    return ", ".join(f"`{word}`" for word in parameter.words) + (f" {parameter.value}" if parameter.value else "")


# --- files ------------------------------------------------------------------------------------------------------------


def settings() -> str:
    """Every key of pantau.toml."""
    parts = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            about = inspect.cleandoc(kind.__doc__ or "")
            parts.append(f"## [{name}]\n\n{about}\n\n{_keys(kind)}")
    about = (
        "`pantau.toml` holds the installation only; cameras and places are in [camera files](camera-file.md). "
        "`pantau init` writes one. Every key has a default; an unknown key is refused with the nearest known one. "
        "Relative paths count from the folder of `pantau.toml`."
    )
    return page("Settings", about, *parts)


def camera_file() -> str:
    """Every key of a camera file, and an example that is read by the tests."""
    tables: dict[str, type[BaseModel]] = {
        "[[camera]]": CameraEntry,
        "[[camera.line]]": LineEntry,
        "[[camera.zone]]": ZoneEntry,
        "[camera.ground]": GroundEntry,
        "[[camera.ground.point]]": PointEntry,
        "[camera.road]": RoadEntry,
        "[camera.road.service]": ServiceEntry,
        "[[camera.slot]]": SlotEntry,
    }
    about = (
        "TOML that a person writes, and `pantau apply FILE` puts into the register. A file is taken or refused as a whole. "
        "Points are fractions of the picture: `[0, 0]` is its upper left corner, `[1, 1]` its lower right. Forward is from "
        "the left of a line to its right, looking from `start` to `end`. The full id of a line or zone is "
        "`camera.line`, such as `pets.W`. Relative paths count from the folder of the camera file."
    )
    return _file("Camera file", about, "car.toml", tables)


def cordon_file() -> str:
    """Every key of a cordon file, and the sample border."""
    about = (
        "The boundary lines of the city, an area, a site or a road, over which its crossings are counted. `pantau apply FILE` "
        "puts the cordons of a file in force, and no others, after the cameras; `cordon = []` takes all of them back, and "
        "`pantau export` gives them back. A file is taken or refused as a whole, and holds nothing else. What a border is "
        "good for, and what is refused, is in [Declare a border](../how-to/declare-a-border.md)."
    )
    return _file("Cordon file", about, "cordons.toml", {"[[cordon]]": CordonEntry, "one of its `lines`": BorderLine})


def rule_file() -> str:
    """Every key of a rule file, and the sample rules."""
    about = (
        "What a city wants to be warned of, and who is told. `pantau apply FILE` puts the rules of a file in force, and no "
        "others; `pantau export` gives them back. A file is taken or refused as a whole: a rule on an unknown indicator or place "
        "is refused with the nearest known one, and one that would have been firing all of last week is refused without "
        "`--force`. How rules are judged is in [Alarms](../methods/alarms.md)."
    )
    return _file("Rule file", about, "alarms.toml", {"[[rule]]": RuleEntry, "[[notify]]": NotifyEntry})


def _file(title: str, about: str, example: str, tables: Mapping[str, type[BaseModel]]) -> str:
    """A page about a kind of TOML file: a sample that the tests read, and the keys of its tables."""
    text = (ROOT / "examples" / example).read_text("utf-8").split("\n\n", 1)[1].strip()
    return page(
        title, about, f"```toml\n{text}\n```", *(f"## {name}\n\n{_keys(kind)}" for name, kind in tables.items())
    )


def _keys(kind: type[BaseModel]) -> str:
    known = [(name, field) for name, field in kind.model_fields.items() if not _is_table(field)]
    return table(["key", "default", ""], [[f"`{n}`", _default(f), _described(n, f)] for n, f in known])


def _is_table(field: FieldInfo) -> bool:
    """Whether a key is a list of tables, each of which has keys of its own below."""
    inside = [one for one in get_args(field.annotation) if isinstance(one, type)]
    return not field.description and any(issubclass(one, BaseModel) for one in inside if one is not type(None))


WORDS = {
    "id": "Letters, digits, `-` and `_`, at most 64.",
    "start": "Where the line begins, `[x, y]`.",
    "end": "Where the line ends, `[x, y]`.",
    "polygon": "Three or more corners `[x, y]`, in order, edges not crossing.",
}


def _described(name: str, field: FieldInfo) -> str:
    return WORDS.get(name) or field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value in {"", ()}:
        return "empty"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


# --- vocabulary -------------------------------------------------------------------------------------------------------


def vocabulary() -> str:
    """Every indicator and every service level, in both languages."""
    about = (
        "Every indicator once, from `pantau/vocabulary.toml`: the columns of the store, the API, CSV headers, labels and "
        "metadata are made from it. Units are UCUM. *Over time* says how values of one place join: `sum` for things that "
        "happen, `mean` for states that are sampled. *Over places* says whether places may be added: `yes` for disjoint "
        "ones, `cordon` only over the declared boundary lines of an area, `never`."
    )
    return page("Vocabulary", about, *(_family(f) for f in families().values()), _levels())


def _levels() -> str:
    about = (
        "How well the city is watched, and what is aimed for, from `pantau/vocabulary_levels.toml`; shown in the room, answered by "
        "`/api/v1/levels` and told on `/metrics` ([Monitor a city](../how-to/monitor.md)). What is not known has no value: no "
        "whole day yet, no sample in the last hour, no alarm since the start."
        " A city sets targets of its own under `[levels]` ([Settings](settings.md))."
    )
    sign = {"higher": "≥", "lower": "≤"}
    rows = [
        [f"`{one.id}`", f"{one.label.id} · {one.label.en}", f"`{one.unit}`", one.take, f"{sign[one.better]} {one.target:g}", f"`{one.metric}`"]
        for one in levels().values()
    ]  # fmt: skip
    head = ["id", "name (id · en)", "unit", "adds up as", "target", "on `/metrics`"]
    return f"## Service levels\n\n{about}\n\n{table(head, rows)}\n\n" + "\n".join(map(_meaning, levels().values()))


def _family(family: Family) -> str:
    rows = [
        [f"`{i.id}`", f"{i.label.id} · {i.label.en}", f"`{i.unit}`", i.over_time, i.over_places, ", ".join(i.places)]
        for i in family.indicators
    ]
    head = ["id", "name (id · en)", "unit", "over time", "over places", "measured at"]
    title = f"## {family.name}: {family.label.id} · {family.label.en}"
    return f"{title}\n\n{table(head, rows)}\n\n" + "\n".join(map(_meaning, family.indicators))


def _meaning(one: Indicator | Level) -> str:
    return f"- `{one.id}`: {one.definition.id} / *{one.definition.en}* ({one.source}; since {one.since})"


# --- API --------------------------------------------------------------------------------------------------------------


def api() -> str:
    """Every route with its audience and its questions."""
    document = json.loads((ROOT / "web" / "openapi.json").read_text("utf-8"))
    routes = [(path, method, what) for path, ways in document["paths"].items() for method, what in ways.items()]
    index = table(
        ["route", "audience", ""],
        [[f"`{m.upper()} {p}`", w["x-audience"], w.get("summary", "")] for p, m, w in routes],
    )
    about = (
        "Made from `web/openapi.json` (OpenAPI 3.1), which the running server gives too, at `/api/v1/openapi.json`. "
        "Audience `public` is everybody, `room` the signed-in. Errors are `application/problem+json` (RFC 9457). "
        "Times are ISO 8601 with their zone; a value that was not seen is `null` (an empty cell in CSV), never 0."
    )
    asked = [part for path, method, what in routes if (part := _route(path, method, what))]
    return page("API", about, index, *asked)


def _route(path: str, method: str, what: dict[str, Any]) -> str:
    if not what.get("parameters"):
        return ""
    rows = [[f"`{p['name']}`", p["in"], _asked(p), p.get("description", "")] for p in what["parameters"]]
    return f"## {method.upper()} {path}\n\n{what.get('description', '')}\n\n{table(['name', 'in', 'value', ''], rows)}"


def _asked(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    default = schema.get("default")
    shown = "required" if parameter.get("required") else f"default `{default}`" if default not in (None, "") else ""
    choices = ", ".join(f"`{choice}`" for choice in schema.get("enum", ()))
    return "; ".join(part for part in (choices, shown) if part)


# --- errors and models ------------------------------------------------------------------------------------------------


def error_page() -> str:
    """The tree of exceptions, and why a camera can be away."""
    tree = inspect.cleandoc(errors.__doc__ or "")
    drawing = "\n".join(line for line in tree.splitlines() if line.startswith("    "))
    kinds = [
        [f"`{name}`", inspect.cleandoc(kind.__doc__ or "")]
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.PantauError)
    ]
    faults = [[f"`{f.code}`", f.text, "15 to 60 s" if f.patient else "0.25 to 4 s"] for f in FAULTS.values()]
    return page(
        "Errors",
        "Everything Pantau raises on purpose. A message says which camera or file, what was expected, what came and what "
        "to do; it never holds a password. The command line prints it and ends with status 1.",
        f"```\n{inspect.cleandoc(drawing)}\n```",
        table(["error", "means"], kinds),
        "## Why a camera is away",
        "The reason of an outage is `code: words`. The last column is how long Pantau waits before it tries again; where "
        "trying soon can't help, or could lock an account, it is patient.",
        table(["code", "words", "tries again after"], faults),
    )


def models() -> str:
    """Every model of the registry."""
    about = (
        "Models come out of packages or addresses, are checked against the SHA-256 in `pantau/see/models.toml`, and are "
        "converted here where needed. `pantau models list`, `fetch` and `verify` work on them, "
        "and [`add`](../how-to/bring-your-own-model.md) takes one of your own; how to bring them to a "
        "computer without Internet is in [Without the Internet](../how-to/use-without-internet.md)."
    )
    return page("Models", about, *(_model(entry) for entry in list_models()))


def _model(entry: ModelEntry) -> str:
    rows = [
        [
            "task",
            {
                "detect": "finds road users",
                "faces": "finds faces, to hide them",
                "embed": "says what a zone looks like",
            }[entry.task],
        ],
        ["licence", entry.licence],
        ["fetched", "only when asked for by name" if entry.opt_in else "when first needed"],
        ["looks at", _input(entry)],
        ["converted from", entry.converter or "nothing: used as it is"],
        *([f"source {n}", " ".join(_origin(s))] for n, s in enumerate(entry.sources, start=1)),
        ["limits", entry.notes],
    ]
    return f"## {entry.name}\n\n{entry.title}\n\n{table(['', ''], rows)}"


def _input(entry: ModelEntry) -> str:
    height, width = entry.input.size
    free = f"other sizes in multiples of {entry.input.divisor}" if entry.input.divisor else "no other size"
    return f"{width}x{height}, {free}, {entry.input.colours}"


def _origin(source: Source) -> Iterator[str]:
    where = source.url or " ".join(part for part in (source.package, source.version) if part)
    yield f"{source.kind}: {where}"
    yield f"({', '.join(f'`{m.name}`, {m.size / 1e6:.1f} MB, `{m.sha256[:12]}…`' for m in source.members)})"


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli,
    "settings.md": settings,
    "camera-file.md": camera_file,
    "cordon-file.md": cordon_file,
    "rule-file.md": rule_file,
    "vocabulary.md": vocabulary,
    "api.md": api,
    "errors.md": error_page,
    "models.md": models,
}


def wanted() -> dict[Path, str]:
    """Every generated page, and every page with figures, as it should be."""
    return {REFERENCE / name: make() for name, make in PAGES.items()} | with_figures(ROOT)


def drifted(pages: dict[Path, str]) -> list[Path]:
    """The pages whose file says something else, or is not there."""
    return [path for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that would change."""
    pages = wanted()
    changed = drifted(pages)
    for path in changed:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], "utf-8")
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
