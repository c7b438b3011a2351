"""The catalogue passes the shapes of DCAT-AP 3, and its two forms are one graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pyshacl import validate
    from rdflib import DCAT, RDF, Graph
    from rdflib.compare import isomorphic

# rdflib's own reader of JSON-LD uses a class that rdflib calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
SHAPES = Path(__file__).parent / "shapes" / "dcat-ap-3.ttl"


@pytest.fixture
def turtle(public: TestClient) -> str:
    answer = public.get("/catalog.ttl")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.text


def judged(text: str) -> tuple[bool, str]:
    conforms, _, words = validate(Graph().parse(data=text, format="turtle"), shacl_graph=Graph().parse(SHAPES))
    return bool(conforms), str(words)


def test_it_passes_the_shapes(turtle: str) -> None:
    conforms, words = judged(turtle)
    assert conforms, words


def test_the_shapes_find_a_catalogue_that_is_wrong(turtle: str) -> None:
    without = "\n".join(line for line in turtle.splitlines() if "dcat:accessURL" not in line)
    assert not judged(without)[0]


def test_both_forms_are_one_graph(public: TestClient, turtle: str) -> None:
    graph = Graph().parse(data=turtle, format="turtle")
    other = Graph().parse(data=public.get("/catalog.jsonld").text, format="json-ld")
    assert isomorphic(graph, other)
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == 5
