"""YAML text to nodes: values, positions, faults and limits."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Span
from shapecalc.model import document as documents
from shapecalc.model import events
from shapecalc.model.document import Document, Mapping, Node, ScalarEvent, Sequence, read, resolve, resolve_plain


def plain(node: Node | None) -> Any:
    """The nodes as plain values."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.fields.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node is None else resolve(node)


def fault(text: str | bytes) -> Diagnostic:
    """The only finding."""
    (found,) = read(text, "m.yaml").diagnostics
    return found


def shown(text: str | bytes) -> str:
    """The only finding: place, code, message, help."""
    found = fault(text)
    assert found.span is not None
    return f"{found.span.line}:{found.span.column}-{found.span.end} {found.code} {found.message} | {found.help}"


@pytest.fixture(params=["libyaml", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both readers of YAML: PyYAML may come without libyaml."""
    if request.param == "python":
        monkeypatch.setattr(events, "_Loader", yaml.SafeLoader)
    return str(request.param)


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1-1 SC108 the file is empty | begin with `layers:`"),
        ("# only a comment", "1:1-1 SC108 the file is empty | begin with `layers:`"),
        ("a: 1\nb: 2\na: 3", "3:1-2 SC102 the key `a` stands twice | keep one of the two"),
        (
            "x: &k {a: 1}\ny: {<<: *k, c: 2}",
            "2:5-7 SC103 the merge key `<<` is not read"
            " | write the keys out, or make a block of what is shared and give it `args`",
        ),
        ("a: !!str 5", '1:4-9 SC104 the tag `!!str` is not read | leave it out; quotes make text: `"5"`'),
        ("a: &q !x\n  b: 1", "1:7-9 SC104 the tag `!x` is not read | leave it out"),
        (
            "--- a\n--- b",
            "2:1-4 SC105 a second document begins here | a file holds one spec; split it at the `---`",
        ),
        ("{[a]: 1}", "1:2-3 SC108 a key is one word, not a list or a mapping | write the key as plain text"),
        (
            "a: {{ b }}",
            "1:5-6 SC108 a key is one word, not a list or a mapping | templates are not read; `$name` reads a value",
        ),
        ("a: &x [*x]", "1:8-10 SC602 `*x` stands inside what it names | a spec cannot hold itself"),
        ("a: *zz", '1:4-7 SC101 no anchor `&zz` above | define it above with `&zz`, or quote: `"*zz"`'),
        ("a: &width 1\nb: *widht", "2:4-10 SC101 no anchor `&widht` above | did you mean `*width`?"),
        ("a: " + "9" * 1001, "1:4-1005 SC602 a number of more than 1,000 digits | quote it if it is text"),
    ],
)
def test_faults(text: str, expected: str, loader: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "value"),
    [
        (
            "- Dense: {units: make_divisible($f, 8), name: a}",
            "1:18-39 SC107 YAML splits `make_divisible($f, 8)` at its comma"
            ' | quote it: `units: "make_divisible($f, 8)"`',
            [{"Dense": {"units": "make_divisible($f, 8)", "name": "a"}}],
        ),
        (
            "{shape: (3, 3, 3)}",
            '1:9-18 SC107 YAML splits `(3, 3, 3)` at its comma | quote it: `shape: "(3, 3, 3)"`',
            {"shape": "(3, 3, 3)"},
        ),
        (
            "{shape: (None, 5), 5}",
            None,
            {"shape": "(None, 5)"},
        ),
        (
            "[max(1, 2), 3]",
            '1:2-11 SC107 YAML splits `max(1, 2)` at its comma | quote it: `"max(1, 2)"`',
            ["max(1, 2)", 3],
        ),
        (
            "{b: max(1, 2) * min(3, 4), c: 5}",
            '1:5-26 SC107 YAML splits `max(1, 2) * min(3, 4)` at its comma | quote it: `b: "max(1, 2) * min(3, 4)"`',
            {"b": "max(1, 2) * min(3, 4)", "c": 5},
        ),
        (
            "{b: c, d}",
            '1:8-9 SC107 `d` has no value | write `d: ...`, or, if it belongs to `b`, quote `"c, d"`',
            {"b": "c"},
        ),
        (
            "{params: 25,636, macs: 7}",
            "1:13-16 SC107 `636` has no value | write `25636`: inside braces a comma ends the number",
            {"params": 25, "macs": 7},
        ),
    ],
)
def test_values_split_at_a_comma_are_mended_and_reported(
    text: str, expected: str | None, value: object, loader: str
) -> None:
    if expected is not None:
        assert shown(text) == expected
    else:
        assert [found.code for found in read(text, "m").diagnostics] == ["SC107", "SC107"]
    assert plain(read(text, "m").root) == value


@pytest.mark.parametrize(
    "text",
    [
        "{a: , b: }",
        "{a}",
        "{a: '(', b: }",
        "{a: b(c), d: }",
        "a: max(1, 2)",
        "[a(b), c]",
        "{a: '', b: ''}",
        "['(1', 2]",
    ],
)
def test_what_looks_like_a_split_and_is_none(text: str, loader: str) -> None:
    found = read(text, "m")
    assert found.diagnostics == []
    assert plain(found.root) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\t- b", "2:1-2 SC101 a tab is used for indentation | indent with spaces"),
        ("a: {b: 4}c\n\t", "2:1-2 SC101 a tab is used for indentation | indent with spaces"),
        (
            "layers:\n  - Dense: {units: 5\n  - Flatten\n",
            "2:12-13 SC101 the `{` of line 2, column 12 is not closed | add `}`",
        ),
        ("[1, 2", "1:1-2 SC101 the `[` of line 1, column 1 is not closed | add `]`"),
        ("a: [1, 2}", "1:9-10 SC101 `]` is expected here, not `}` | close the `[` first"),
        ("a: 'x", "1:4-5 SC101 the quote ' of line 1, column 4 is not closed | add '"),
        ("a: b: c", "1:5-6 SC101 a second `: ` on one line | put the value in quotes if the colon belongs to it"),
        ("a:b\nc: d", "1:1-3 SC101 a space is missing after `a:` | write `a: ...`"),
        ("a: x\nb:c", "2:1-3 SC101 a space is missing after `b:` | write `b: ...`"),
        (
            "a: x\nb",
            "2:1-2 SC101 `b` is neither `key: value` nor an item of a list"
            " | put `: ` behind a key, `- ` before an item",
        ),
        ("a: `x", "1:4-5 SC101 a value cannot begin with ``` | put the value in quotes"),
        ("a: *", "1:4-5 SC101 `*` and `&` begin the name of an alias or anchor | put the value in quotes"),
        (
            "a: 1\n b: 2",
            "2:3-4 SC101 a key is not expected here: the line is indented further than the one above allows"
            " | line it up with the keys it belongs to",
        ),
        (
            "a:\n  b: 1\n c: 2",
            "3:2-3 SC101 a key is expected here: the indentation fits nothing above | line it up with its neighbours",
        ),
        ("key: - b", "1:6-7 SC101 a list cannot begin here | begin it on a line of its own, or write `[...]`"),
        ("a: !e!x y", "1:4-5 SC104 the tag is not read | leave the tag out, or quote the value if `!` belongs to it"),
        (
            "%YAML 3.0\n---\na",
            "1:1-2 SC101 a line that begins with `%` is a directive, and none is read | delete it, or quote the value",
        ),
        (
            "[1]\n[2]",
            "2:1-2 SC101 the spec has ended before this | look for a bracket too many, or a line that stands alone",
        ),
    ],
)
def test_syntax_errors_in_plain_words(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_an_escape_that_does_not_exist() -> None:
    assert shown('a: "\\q"') == ("1:5-6 SC101 this escape does not exist | in single quotes a backslash is a backslash")


def test_labels_show_what_came_before() -> None:
    assert fault("a: 1\na: 2").labels == ((Span("m.yaml", 1, 1, 2), "first here"),)
    assert fault("a: [1, 2}").labels == ((Span("m.yaml", 1, 4, 5), "opened here"),)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"b: 1\na: \xe9t",
            "2:4-5 SC106 the byte 0xE9 is not UTF-8 | save the file as UTF-8 (in Latin-1 this byte is `é`)",
        ),
        (
            b"\xef\xbb\xbf\xc3\xa9\xff",
            "1:2-3 SC106 the byte 0xFF is not UTF-8 | save the file as UTF-8 (in Latin-1 this byte is `ÿ`)",
        ),
        ("a: b".encode("utf-16"), "1:1-1 SC106 the file is UTF-16, not UTF-8 | save it as UTF-8"),
        (
            "é: 1\na: \0",
            "2:4-5 SC106 the character U+0000 (NUL) may not stand in YAML"
            " | delete it, or write it as an escape in double quotes",
        ),
        (
            "a: \x1b[31m",
            "1:4-5 SC106 the character U+001B (escape) may not stand in YAML"
            " | delete it, or write it as an escape in double quotes",
        ),
        (
            "a: \ud800",
            "1:4-5 SC106 the character U+D800 may not stand in YAML"
            " | delete it, or write it as an escape in double quotes",
        ),
    ],
)
def test_bytes_and_characters(data: str | bytes, expected: str, loader: str) -> None:
    assert shown(data) == expected


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert plain(read(b"\xef\xbb\xbfa: 1", "m").root) == {"a": 1}


def test_aliases_share_nodes() -> None:
    found = read("a: &x {b: 1}\nc: *x\nd: &y 5\ne: *y\n*y : 6", "m")
    assert found.diagnostics == []
    assert plain(found.root) == {"a": {"b": 1}, "c": {"b": 1}, "d": 5, "e": 5, "5": 6}
    root = found.root
    assert isinstance(root, Mapping)
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


def test_many_pieces_are_joined_in_one_go() -> None:
    found = read("[" + "(a, " * 20_000 + "b" + ")" * 20_000 + "]", "m.yaml")
    assert [each.code for each in found.diagnostics] == ["SC107"]
    assert read("[" + "(a, " * 20_000 + "]", "m.yaml").diagnostics == []


def test_ten_thousand_layers() -> None:
    root = read("layers:\n" + "- Dense: {units: 5}\n" * 10_000, "m").root
    assert isinstance(root, Mapping)
    layers = root.fields["layers"]
    assert isinstance(layers, Sequence)
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
        if isinstance(node, ScalarEvent):
            resolve(node)
        else:
            waiting.extend(documents.children(node))


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


@pytest.mark.parametrize("text", ["{a: [(, null]}", "{a: [(, {b: 1}, x)]}"])
def test_a_bracket_that_never_closes_is_text(text: str) -> None:
    document = read(text, "m")
    assert document.diagnostics == []
    assert plain(document.root) == yaml.safe_load(text)


@given(JSON, st.booleans())
@example(["(", None], True)
def test_what_is_written_is_read(value: object, flow: bool) -> None:
    text = yaml.safe_dump({"a": value}, default_flow_style=flow, allow_unicode=True)
    if "&" not in text:
        assert plain(read(text, "m").root) == {"a": value}
