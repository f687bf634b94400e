"""YAML text to nodes: values, positions and limits."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from shapecalc.diagnostics import Span
from shapecalc.document import builder as events
from shapecalc.document import read as documents
from shapecalc.document.nodes import (
    Document,
    MappingNode,
    ScalarNode,
    SequenceNode,
    list_children,
    resolve,
    resolve_plain,
)
from shapecalc.document.read import read
from tests.document.documents import fault, plain


def test_a_spec_becomes_nodes(loader: str) -> None:
    text = "name: m\ninput: [5, 1]\nlayers:\n  - LSTM: {units: 5, return_sequences: true}\n  - Flatten\n  - ReLU:\n"
    found = read(text, "m.yaml")
    assert found.diagnostics == []
    assert plain(found.root) == {
        "name": "m",
        "input": [5, 1],
        "layers": [{"LSTM": {"units": 5, "return_sequences": True}}, "Flatten", {"ReLU": None}],
    }


@pytest.mark.parametrize("text", ["a: {}\n", "a: {b: {}}", "a: []", "[[], {}, [{}]]", "{a: [{b: c}], d: {e: f}}", "x"])
def test_shapes_of_nesting_are_as_yaml_reads_them(text: str, loader: str) -> None:
    assert plain(read(text, "m").root) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("1e-5", 1e-5),
        (".5", 0.5),
        ("1.", 1.0),
        ("12:30", "12:30"),
        ("yes", "yes"),
        ("off", "off"),
        ("True", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("NULL", None),
        ("-.inf", -math.inf),
        (".", "."),
        ("-", "-"),
        ("٣", "٣"),
        ("5\n", "5\n"),
        ("1e999", math.inf),
        ("9" * 1001, "9" * 1001),
    ],
)
def test_scalars_follow_the_core_rules_of_yaml_1_2(text: str, value: object) -> None:
    found = resolve_plain(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_one() -> None:
    found = resolve_plain(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize("text", ["'5'", '"5"', "|-\n  5", ">-\n  5"])
def test_what_is_quoted_is_text(text: str) -> None:
    assert plain(read(f"a: {text}", "m").root) == {"a": "5"}


def spot(text: str, *path: str | int) -> tuple[Document, Any]:
    found = read(text, "m.yaml")
    node: Any = found.root
    for step in path:
        node = node.items[step] if isinstance(step, int) else node.fields[step]
    return found, node


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: bcd", ("a",), (1, 4, 7)),
        ("a: 'b d'  # c", ("a",), (1, 4, 9)),
        ("é: [1, 2]  # c", ("é",), (1, 4, 10)),
        ("a: {b: [1, ']'], c: 2} # }", ("a",), (1, 4, 23)),
        ("a: [1,\n  2]", ("a",), (1, 4, 7)),
        ("a:\n  bc: 1\n  d: 2", ("a",), (2, 3, 5)),
        ("a:\n  - b\n  - c", ("a",), (2, 3, 4)),
        ("a: |\n  b\n  c", ("a",), (1, 4, 5)),
        ("a: 'b\n  c'", ("a",), (1, 4, 6)),
        ("\ufeffa: b", ("a",), (1, 4, 5)),
        ("a: 1\r\nb: cd\r\n", ("b",), (2, 4, 6)),
        ("a: {}", ("a",), (1, 4, 6)),
    ],
)
def test_spans(text: str, path: tuple[str, ...], place: tuple[int, int, int], loader: str) -> None:
    found, node = spot(text, *path)
    assert found.span(node) == Span("m.yaml", *place)


def test_key_spans() -> None:
    found, node = spot("a:\n  bc: 1\n  def: 2", "a")
    assert found.key_span(node, "def") == Span("m.yaml", 3, 3, 6)
    assert found.key_span(node, "none") == Span("m.yaml", 2, 3, 5)


def test_aliases_share_nodes() -> None:
    found = read("a: &x {b: 1}\nc: *x\nd: &y 5\ne: *y\n*y : 6", "m")
    assert found.diagnostics == []
    assert plain(found.root) == {"a": {"b": 1}, "c": {"b": 1}, "d": 5, "e": 5, "5": 6}
    root = found.root
    assert isinstance(root, MappingNode)
    assert root.fields["a"] is root.fields["c"]


def test_an_alias_bomb_is_refused(loader: str) -> None:
    lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    lines += [
        f"{name}: &{name} [{','.join(['*' + before] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert fault("\n".join(lines)).message == "the aliases unfold to more than 1,000,000 nodes"


def test_depth_by_aliases_is_refused(loader: str) -> None:
    lines = ["k0: &a0 [1]", *(f"k{i}: &a{i} [*a{i - 1}]" for i in range(1, 300))]
    assert fault("\n".join(lines)).message == "nested more than 100 levels deep"


@pytest.mark.parametrize("text", ["[" * 50_000, "[" * 50_000 + "]" * 50_000, "- " * 50_000, "{a: " * 50_000])
def test_fifty_thousand_brackets(text: str, loader: str) -> None:
    found = read(text, "m.yaml")
    assert found.root is None
    assert found.diagnostics[0].message == "nested more than 100 levels deep"


def test_a_hundred_levels_are_fine(loader: str) -> None:
    assert read("[" * 100 + "]" * 100, "m").diagnostics == []
    assert fault("[" * 101 + "]" * 101).code == "SC602"


def test_size_and_number_of_events_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    assert fault(b"a: 34567890").message == "11 bytes; a spec may have 10"
    monkeypatch.setattr(events, "MAX_EVENTS", 5)
    assert fault("[1, 2, 3]").message == "the file has more than 5 YAML events"


def test_findings_end_at_a_hundred() -> None:
    found = read("a: 1\n" * 500, "m").diagnostics
    assert len(found) == 101
    assert found[-1].message == "more than 100 findings; stopped here"


def test_ten_thousand_layers() -> None:
    root = read("layers:\n" + "- Dense: {units: 5}\n" * 10_000, "m").root
    assert isinstance(root, MappingNode)
    layers = root.fields["layers"]
    assert isinstance(layers, SequenceNode)
    assert len(layers.items) == 10_000
    assert plain(layers.items[-1]) == {"Dense": {"units": 5}}


SIGNS = st.text(alphabet="ab1:- ,[]{}()\"'\n\t#&*!%|>?<@`\\~é\x00\u2028$.", max_size=40)


def check_anything(data: str | bytes) -> None:
    found = read(data, "m.yaml")
    assert (found.root is None) <= bool(found.diagnostics)
    for each in found.diagnostics:
        assert each.code.startswith("SC")
        assert each.span is not None
        assert 1 <= each.span.line <= len(found.lines)
        assert 1 <= each.span.column <= each.span.end
    waiting = [found.root] if found.root is not None else []
    while waiting:
        node = waiting.pop()
        assert found.span(node).file == "m.yaml"
        if isinstance(node, ScalarNode):
            resolve(node)
        else:
            waiting.extend(list_children(node))


@given(st.one_of(SIGNS, st.text(max_size=30)))
def test_no_text_raises(text: str) -> None:
    check_anything(text)


@given(st.one_of(SIGNS, st.text(max_size=30)))
def test_no_text_raises_without_libyaml(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_Loader", yaml.SafeLoader)
        check_anything(text)


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    check_anything(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc, (){}[]:'\"$é", max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abc", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans())
@example(["(", None], True)
@example(["(", ")"], True)
def test_what_is_written_is_read_or_told(value: object, flow: bool) -> None:
    """An unquoted `(, )` inside brackets may be one value that YAML has split, and is told as such."""
    text = yaml.safe_dump({"a": value}, default_flow_style=flow, allow_unicode=True)
    if "&" in text:
        return
    document = read(text, "m")
    if {one.code for one in document.diagnostics} == {"SC107"}:
        assert flow
        assert text.index("(") < text.rindex(")")
    else:
        assert plain(document.root) == {"a": value}
