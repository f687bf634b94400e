"""What is no YAML, or no UTF-8, said in plain words at its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given

from shapecalc.diagnostics import Span
from shapecalc.document import builder as events
from shapecalc.document.read import read
from tests.document.documents import fault, plain, shown
from tests.robust.mutations import mutated

MADE_UP = "words of another version: ',' or '}', tag, directive, indicator"


def otherwise(loader: Any, problem: str | None) -> Any:
    """A loader that complains of the same in the same places, in other words."""

    class Otherwise:
        def __init__(self, text: str) -> None:
            try:
                self.inner = loader(text)
            except yaml.MarkedYAMLError as error:
                raise type(error)(problem, error.context_mark, problem, error.problem_mark) from None

        def get_event(self) -> Any:
            try:
                return self.inner.get_event()
            except yaml.MarkedYAMLError as error:
                raise type(error)(problem, error.context_mark, problem, error.problem_mark) from None

    return Otherwise


@pytest.fixture(params=["its own words", "other words"])
def words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """PyYAML as it is, and as if it said everything otherwise."""
    if request.param == "other words":
        monkeypatch.setattr(events, "_Loader", otherwise(events._Loader, MADE_UP))
    return str(request.param)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1-1 SC108 the file is empty | write one with `shapecalc init`, or begin with `layers:`"),
        (
            "# only a comment",
            "1:1-1 SC108 the file is empty | write one with `shapecalc init`, or begin with `layers:`",
        ),
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
    ("text", "expected"),
    [
        ("a:\n\t- b", "2:1-2 SC101 a tab is used for indentation | indent with spaces"),
        (
            "layers:\n  - Dense: {units: 5\n  - Flatten\n",
            "2:12-13 SC101 the `{` of line 2, column 12 is not closed | add `}`",
        ),
        ("[1, 2", "1:1-2 SC101 the `[` of line 1, column 1 is not closed | add `]`"),
        ("a: [1, 2}", "1:9-10 SC101 `]` is expected here, not `}` | close the `[` first"),
        ("a: 'x", "1:4-5 SC101 the quote ' of line 1, column 4 is not closed | add '"),
        ("a: b: c", "1:5-6 SC101 a second `: ` on one line | put the value in quotes if the colon belongs to it"),
        ("a:b\nc: d", "1:1-3 SC101 a space is missing after `a:` | write `a: b`"),
        ("a: x\nb:c", "2:1-3 SC101 a space is missing after `b:` | write `b: c`"),
        (
            "a: x\nb",
            "2:1-2 SC101 `b` is neither `key: value` nor an item of a list | put `: ` after a key, `- ` before an item",
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
            "a: [1, - 2]",
            "1:8-9 SC101 a value is expected here, not `-`"
            " | close the bracket that is open, or put the value in quotes",
        ),
        ("a: [1,", "1:7-8 SC101 a value is expected here, and the text ends | close the bracket that is open"),
        ("a: | x", "1:4-5 SC101 after `|` the line ends: the text begins on the next | put the value in quotes"),
        ("a: {units: 5, 'b'", "1:4-5 SC101 the `{` of line 1, column 4 is not closed | add `}`"),
        (
            "a: 1\n[b]\nc: 2",
            "2:1-4 SC101 `[b]` is neither `key: value` nor an item of a list"
            " | put `: ` after a key, `- ` before an item",
        ),
        (
            "a:\n  - 1\n  b: 2",
            "3:3-4 SC101 an item of a list (`- `) is expected here: the indentation fits nothing above"
            " | line it up with its neighbours",
        ),
        (
            "  a: 1\nb: 2",
            "2:1-2 SC101 the spec has ended before this | look for a bracket too many, or a line that stands alone",
        ),
        (
            "[1]\n[2]",
            "2:1-2 SC101 the spec has ended before this | look for a bracket too many, or a line that stands alone",
        ),
    ],
)
def test_syntax_errors_in_plain_words(text: str, expected: str, loader: str, words: str) -> None:
    assert shown(text) == expected


def test_a_tab_is_told_though_the_parser_stopped_before_it(words: str) -> None:
    assert shown("a: {b: 4}c\n\t") == "2:1-2 SC101 a tab is used for indentation | indent with spaces"


def test_an_escape_that_does_not_exist(words: str) -> None:
    assert shown('a: "\\q"') == ("1:5-6 SC101 this escape does not exist | in single quotes a backslash is a backslash")


@given(mutated())
def test_a_parser_that_says_it_otherwise_changes_nothing(text: str) -> None:
    ours = read(text, "m.yaml").diagnostics
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_Loader", otherwise(events._Loader, MADE_UP))
        assert read(text, "m.yaml").diagnostics == ours


@pytest.mark.parametrize("complaint", [MADE_UP, "exceeded maximum nesting depth", None])
@pytest.mark.parametrize("text", ["[" * 3_000, "{a: " * 3_000, "- " * 3_000, "a: " + "[" * 101 + "]"])
def test_depth_is_ours_to_judge(text: str, complaint: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_Loader", otherwise(events._Loader, complaint))
    found = fault(text)
    assert (found.code, found.message) == ("SC602", "nested more than 100 levels deep")


@pytest.mark.parametrize("context", [False, True])
def test_a_complaint_of_an_unknown_kind_is_placed_and_told_in_our_words(
    context: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loader:
        def __init__(self, text: str) -> None:
            self.text = text

        def get_event(self) -> object:
            mark = yaml.Mark("m", self.text.index("b"), 1, 0, None, None)  # type: ignore[arg-type]
            raise yaml.MarkedYAMLError(MADE_UP, mark if context else None, MADE_UP, mark)

    monkeypatch.setattr(events, "_Loader", Loader)
    assert shown("a: 1\nb: 2\n") == (
        "2:1-2 SC101 what begins here cannot be read as YAML"
        " | look at the brackets, quotes, colons and indentation up to here"
    )


def test_a_complaint_without_a_place_is_told_in_our_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def loader(text: str) -> object:
        raise yaml.YAMLError(MADE_UP)

    monkeypatch.setattr(events, "_Loader", loader)
    assert shown("a: 1") == "1:1-1 SC101 this is not YAML | None"


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
