"""The words agree with the code: generated pages, links, commands in examples, figures, versions."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs.commands import Command, commands
from docs.figure_rows import FIGURES
from docs.figures import filled, section
from docs.generate import PAGES, REFERENCE, ROOT, drifted, main, wanted
from pantau import __version__
from pantau.alert.rule_file import RuleFile
from pantau.camera_file import CameraFile

SKIPPED = {"node_modules", ".venv", "data"}
MARKDOWN = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*.md"))
    if not SKIPPED & set(path.parts)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
LATER: set[str] = set()
"""Pictures that are made from a running city; everything else must be there."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """A page without its code blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(page: Path) -> set[str]:
    """The anchors a git host gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def spoken(page: Path) -> Iterator[list[str]]:
    """Every `pantau …` command in the code blocks of a page, as words; make's variables and comments are left out."""
    for language, block in FENCE.findall(page.read_text("utf-8")):
        if language in {"sh", "console", "bash"}:
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words and Path(words[0]).name == "pantau":
                    yield words[1:]


def fault(words: list[str], known: tuple[Command, ...]) -> str:
    """What is wrong with the words after `pantau`, or nothing."""
    words = words[: next((n for n, word in enumerate(words) if word in {"|", ">", "&&", "&", ";"}), len(words))]
    if words in (["--version"], ["--help"]):
        return ""
    found = next((c for c in known if tuple(words[: len(c.path)]) == c.path), None)
    if found is None:
        return "no such command"
    rest, arguments, used = words[len(found.path) :], 0, set()
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            arguments += 1
            continue
        option = found.options.get(word.partition("=")[0])
        if option is None and word != "--help":
            return f"no such option: {word}"
        if option is not None:
            used.add(option.words)
            if not option.is_flag and "=" not in word and not (rest and rest.pop(0)):
                return f"{word} needs a value"
    places = [p for p in found.parameters if p.is_argument]
    if arguments > len(places) and not any("…" in p.value for p in places):
        return f"takes {len(places)} arguments, got {arguments}"
    lacking = [p.words[0] for p in found.parameters if p.required and not p.is_argument and p.words not in used]
    return f"lacks {', '.join(lacking)}" if lacking else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_says_what_the_code_says(page: str) -> None:
    assert (REFERENCE / page).read_text("utf-8") == PAGES[page](), "run `python -m docs.generate`"


def test_figures_in_pages_are_those_of_the_results() -> None:
    assert [name(path) for path in drifted(wanted())] == [], "run `python -m docs.generate`"


def test_nothing_else_lies_among_the_generated_pages() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


def test_check_names_a_page_that_has_drifted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PAGES, "cli.md", lambda: "another page\n")
    assert main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == ["docs/reference/cli.md"]


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page.read_text("utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = unquote(target).partition("#")
        path = (page.parent / file).resolve() if file else page
        there = path.exists() or name(path) in LATER
        if not there or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_command_in_an_example_exists(page: Path) -> None:
    known = commands()
    wrong = {" ".join(words): why for words in spoken(page) if (why := fault(words, known))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("count clip.mp4", "no such command"),
        ("models burn", "no such command"),
        ("replay clip.mp4 --camra a.toml", "no such option: --camra"),
        ("track --det det.txt", "lacks --fps"),
        ("apply a.toml b.toml", "takes 1 arguments, got 2"),
        ("init --region", "--region needs a value"),
        ("models fetch centernet centerface --from folder", ""),
        ("replay clip.mp4 --json --start 2026-01-01T00:00:00Z > out.jsonl", ""),
        ("doctor --help", ""),
    ],
)
def test_a_wrong_command_in_an_example_would_be_seen(line: str, said: str) -> None:
    assert fault(shlex.split(line), commands()) == said


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_camera_file_in_a_page_can_be_read(page: Path) -> None:
    for language, block in FENCE.findall(page.read_text("utf-8")):
        if language == "toml" and "[[camera]]" in block:
            CameraFile.model_validate(tomllib.loads(block))


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_rule_file_in_a_page_can_be_read(page: Path) -> None:
    for language, block in FENCE.findall(page.read_text("utf-8")):
        if language == "toml" and ("[[rule]]" in block or "[[notify]]" in block):
            RuleFile.model_validate(tomllib.loads(block))


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(
        r"^## \[([^\]]+)\] - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert versions[0] == __version__ == project["version"]


def test_every_decision_is_a_page_of_the_same_form() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], name(page)
        assert len(text.split()) < 500, f"{name(page)} is more than a page"


def test_without_results_a_page_says_so_instead_of_a_number() -> None:
    text = "a\n<!-- figures: counting -->\nold 0.99\n<!-- /figures -->\nb\n"
    assert "Not measured yet" in filled(text, [])
    assert "0.99" not in filled(text, [])
    assert filled(filled(text, []), []) == filled(text, [])


@pytest.mark.parametrize("nested", [True, False])
def test_a_figure_stands_beside_its_command_and_interval(nested: bool) -> None:
    pets = {"accuracy": 0.9123, "interval": [0.88, 0.94], "fps": 5.0}
    figures = {"pets": pets} if nested else {f"pets.{key}": value for key, value in pets.items()}
    table = section(("counting",), [{"bench": "counting", "figures": figures, "machine": "2 cores"}])
    assert "| 0.91 (0.88 to 0.94) | `python -m bench.counting` |" in table
    assert "Measured on 2 cores" in table


def test_a_section_shows_only_what_it_asks_for() -> None:
    results = [{"bench": "counting", "figures": {"pets.accuracy": 0.91, "traffic.accuracy": 0.82}}]
    table = section(("counting.traffic",), results)
    assert "0.82" in table
    assert "0.91" not in table


def test_every_figure_shown_comes_from_a_bench_that_is_run() -> None:
    from bench.all import NAMES  # noqa: PLC0415  # a program, not a library

    assert {figure.bench.partition(".")[0] for figure in FIGURES} <= set(NAMES)


def test_figures_of_another_arithmetic_stand_beside_and_not_in_place_of_the_others() -> None:
    def streams(ratio: float, arithmetic: str) -> dict[str, object]:
        figures = {"quiet.ratio": ratio, "precision": f"centernet-197kpx-{arithmetic}-floor0.1"}
        return {"bench": "streams", "figures": figures, "machine": "2 cores"}

    for results in ([streams(45.2, "f32"), streams(28.8, "bf16")], [streams(28.8, "bf16"), streams(45.2, "f32")]):
        table = section(("streams",), results)
        assert (
            "| Nobody there (composite), a key frame a second: times cheaper | 45.2 | `python -m bench.streams` |"
            in table
        )
        assert "| … nobody there: times cheaper | 28.8 | `python -m bench.streams` |" in table


def test_the_api_page_tells_every_route() -> None:
    document = json.loads((ROOT / "web" / "openapi.json").read_text("utf-8"))
    page = (REFERENCE / "api.md").read_text("utf-8")
    assert all(f"{method.upper()} {path}`" in page for path, ways in document["paths"].items() for method in ways)
