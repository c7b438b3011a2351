"""Words for people stand in the one catalogue, with what they are filled with: sentences in Indonesian do not hide in the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import pytest

from pantau.findings import WaterWhy

ROOT = Path(__file__).parents[1]
CATALOGUE = json.loads((ROOT / "web" / "src" / "i18n" / "catalogue.json").read_text("utf-8"))
FILLED: Final[dict[str, set[str]]] = {
    "moving": {"part", "parts"}, "refused": {"heights"}, "refused_at_limit": {"heights", "limit"},
    "resized": {"then", "now"},
}  # fmt: skip
WORDS = re.compile(
    r"\b(yang|tidak|belum|dengan|untuk|dari|sudah|adalah|atau|pada|hujan|tampilan|alat ukur|kendaraan|tertutup|terlalu|kembalikan)\b",
    re.IGNORECASE,
)
SPEAK: Final = {
    "checks/words.py": "both languages of the self-checks, filled there because the API says them in both",
    "serve/usual/outlook_words.py": "both languages of what is out of the ordinary, for the same reason",
    "serve/usual/rhythm_words.py": "both languages of a trend and a quiet hour, which the API and the share picture say too",
    "serve/now/digest_words.py": "both languages of a day in a sentence, for feeds and share pictures, where no page fills anything in",
    "serve/open/news.py": "entries of feeds, likewise",
    "serve/open/picture.py": "what stands in a share picture, likewise",
    "serve/open/catalog.py": "titles of the data catalogue, which DCAT wants in each language",
    "serve/open/satu_data.py": "Satu Data metadata, which is Indonesian by its standard",
    "serve/static.py": "the page that says that there are no pages yet",
    "label/server.py": "pages shown before the label page is built or its address is right",
    "evaluate/report.py": "a report that is one file and opens without Pantau",
    "commands/city.py": "what the terminal greets with",
    "demo/city.py": "names in the sample city's files",
}


def spoken(source: str) -> Iterator[tuple[int, str]]:
    """Lines and texts of string literals that are no docstrings and have Indonesian words in them."""
    tree = ast.parse(source)
    told = {
        id(first.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body
        for first in node.body
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in told
            and WORDS.search(node.value)
        ):
            yield node.lineno, node.value


def test_no_indonesian_sentence_stands_in_the_code_but_where_it_must() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]!r}"
        for path in sorted((ROOT / "pantau").rglob("*.py"))
        if str(path.relative_to(ROOT / "pantau")) not in SPEAK
        for line, text in spoken(path.read_text("utf-8"))
    ]
    assert not found, "give them a key in web/src/i18n/catalogue.json and pass the code and its values"


def test_the_search_finds_what_it_is_for_and_leaves_docstrings_alone() -> None:
    code = '"""Yang tidak dicari."""\nREASON = f"tertutup {n} / covered"\ndef f():\n    """untuk"""\n'
    assert [line for line, _ in spoken(code)] == [2]


@pytest.mark.parametrize("file", SPEAK)
def test_who_may_speak_still_does(file: str) -> None:
    assert list(spoken((ROOT / "pantau" / file).read_text("utf-8"))), "take it off the list"


@pytest.mark.parametrize("code", get_args(WaterWhy))
def test_every_reason_has_its_sentence_in_both_languages_with_what_fills_it(code: str) -> None:
    for sentence in CATALOGUE[f"water.why.{code}"].values():
        assert set(re.findall(r"\{(\w+)\}", sentence)) == FILLED.get(code, set())
