"""Comments that silence findings: what is a comment, what it silences, and what is said of one that does not."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics import Diagnostic, Span, apply_edits, warning
from shapecalc.document.ignores import list_idle, read_ignores, silence
from shapecalc.document.nodes import Document
from shapecalc.document.read import read

FILE = "model.yaml"


def document(text: str) -> Document:
    return read(text, FILE)


def with_comments(text: str) -> str:
    return text.replace("@", "# shapecalc: ignore")


def finding(line: int, code: str = "SC505", file: str = FILE) -> Diagnostic:
    return warning(code, "lost", Span(file, line, 1, 2))


def judge(text: str, *findings: Diagnostic, complete: bool = True) -> list[Diagnostic]:
    """The findings that are left, and those about comments, where all codes were looked for."""
    ignores = read_ignores(document(text))
    if ignores is None:
        return list(findings)
    left = silence(findings, ignores.comments)
    return left + ignores.faults + (list_idle(ignores, left, lambda code: True) if complete else [])


def said(text: str, *findings: Diagnostic) -> list[str]:
    """What is left, and said of comments: line, code and message."""
    left = judge(text, *findings)
    return [f"{each.span.line} {each.code} {each.message}" for each in left if each.span is not None]


@pytest.mark.parametrize(
    "comment",
    [
        "# shapecalc: ignore[SC505]",
        "#shapecalc:ignore[SC505]",
        "#  shapecalc:\tignore [ SC505 ]",
        "# shapecalc: ignore[SC101x] # shapecalc: ignore[SC505]",
        "# shapecalc: ignore",
        "# shapecalc: ignore because the mask is not needed",
        "# shapecalc: ignore[SC505] because",
        "# (None, 5)  # shapecalc: ignore[SC505]",
        "# shapecalc: ignore[SC505]  # (None, 5)",
    ],
)
def test_what_silences(comment: str) -> None:
    left = judge(f"a: 1\nb: 2  {comment}\n", finding(2))
    assert [each.code for each in left if each.code != "SC513"] == []


@pytest.mark.parametrize(
    ("line", "silenced"),
    [
        ('b: "x  # shapecalc: ignore"', False),
        ("b: 'x  # shapecalc: ignore'", False),
        ("b: x# shapecalc: ignore", False),
        ("b: # shapecalc: ignore", True),
        ("b: 'x'  # shapecalc: ignore", True),
        ("b: [1, 'x',  # shapecalc: ignore\n 2]", True),
        ("b: |  # shapecalc: ignore\n  text", True),
        ("b: &x 5 # shapecalc: ignore", True),
        ("? b # shapecalc: ignore\n: c", True),
        ("- b # shapecalc: ignore", None),
    ],
)
def test_only_comments_count(line: str, silenced: bool | None) -> None:
    comments = read_ignores(document(f"a: 1\n{line}\nc: 3\n"))
    if silenced is None:  # not valid YAML: a list among keys
        assert comments is None
    else:
        assert bool(comments is not None and comments.comments) == silenced


def test_a_block_text_holds_no_comments_and_what_follows_it_does() -> None:
    comments = read_ignores(document(with_comments("a: |\n  one  @\n\n  @\n @\nb: >-\n  x\n   @\n")))
    assert comments is not None
    assert [comment.span.line for comment in comments.comments] == [5]


def test_a_quoted_text_of_several_lines() -> None:
    text = 'a: "one\n  # shapecalc: ignore\n  two"  # shapecalc: ignore\n'
    comments = read_ignores(document(text))
    assert comments is not None
    assert [comment.span.line for comment in comments.comments] == [3]


def test_codes_lines_and_files_are_told_apart() -> None:
    text = "a: 1  # shapecalc: ignore[SC505]\nb: 2\n"
    assert said(text, finding(1), finding(1, "SC506"), finding(2), finding(1, file="other.yaml")) == [
        "1 SC506 lost",
        "2 SC505 lost",
        "1 SC505 lost",
    ]


def test_what_cannot_be_read_is_not_silenced() -> None:
    assert said("a: 1  # shapecalc: ignore\n", finding(1, "SC601"), finding(1)) == ["1 SC601 lost"]


def test_no_comment_counts_in_what_is_not_yaml() -> None:
    assert read_ignores(document("a: [1  # shapecalc: ignore\n")) is None


ALL = "silences nothing: nothing is found on this line"
BARE = "the codes of `ignore` stand in brackets"
CASES = [
    ("a: 1  @[SC505]\nb: 2\n", "silences nothing: no SC505 is found on this line", "a: 1\nb: 2\n"),
    ("a: 1  @\n", ALL, "a: 1\n"),
    ("a: 1  # note @ why # more\n", ALL, "a: 1  # note # more\n"),
    ("a: 1  @      # (None, 1)\n", ALL, "a: 1  # (None, 1)\n"),
    ("a: 1\n  @\nb: 2\n", ALL, "a: 1\nb: 2\n"),
    ("a: 1\n@ # more\nb: 2\n", ALL, "a: 1\n# more\nb: 2\n"),
    ("a: 1  @[SC506, SC507]", "silences nothing: no SC506 or SC507 is found on this line", "a: 1"),
    ("a: 1  @ SC505\n", BARE, "a: 1  @[SC505]\n"),
    ("a: 1  @ 505,sc506 x\n", BARE, "a: 1  @[SC505, SC506] x\n"),
    ("a: 1  @[505]\n", "there is no code `505`", "a: 1  @[SC505]\n"),
    ("a: 1  @[sc505]\n", "there is no code `sc505`", "a: 1  @[SC505]\n"),
    ("a: 1  @[SC505\n", "the bracket after `ignore` is not closed", "a: 1  @[SC505]\n"),
    ("a: 1  @[]\n", "no code stands in the brackets", "a: 1  @\n"),
    ("a: 1  # shapecalc: noqa\n", "`noqa` silences nothing", "a: 1  @\n"),
    ("a: 1  @d[SC505]\n", "`ignored` silences nothing", "a: 1  @[SC505]\n"),
    ("a: 1  @-file\n", "`ignore-file` silences nothing", None),
    ("a: 1  @-next-line\n", "`ignore-next-line` silences nothing", None),
    ("a: 1  @[mask]\n", "there is no code `mask`", None),
    ("a: 1  @[SC601]\n", "`SC601` cannot be silenced by a comment", None),
    ("a: 1  @[SC513]\n", "`SC513` cannot be silenced by a comment", None),
]  # fmt: skip
"""Texts in which `@` is the comment, what is said, and the text after it is mended."""


@pytest.mark.parametrize(("text", "message", "mended"), CASES)
def test_what_is_said_of_a_comment_that_silences_nothing(text: str, message: str, mended: str | None) -> None:
    text = with_comments(text)
    (left,) = judge(text)
    assert (left.code, left.severity, left.message) == ("SC513", "warning", message)
    assert (apply_edits(text, left.edits) if left.edits else None) == (mended and with_comments(mended))


def test_mending_a_comment_until_nothing_is_said() -> None:
    for text, _, mended in CASES:
        steps, text = 0, with_comments(text)
        while mended is not None and (left := judge(text)):
            text = apply_edits(text, left[0].edits)
            steps += 1
            assert steps < 4, text


@pytest.mark.parametrize("remark", ["# see shapecalc: ignore", "# shapecalc: prints 146", "# shapecalc is fine"])
def test_other_remarks_are_left_alone(remark: str) -> None:
    assert said(f"a: 1  {remark}\n", finding(1)) == ["1 SC505 lost"]


def test_one_code_of_several_is_idle() -> None:
    text = "a: 1  # shapecalc: ignore[SC506,  SC505, SC507] why\n"
    (left,) = judge(text, finding(1))
    assert left.message == "`SC506` and `SC507` silence nothing on this line"
    assert apply_edits(text, left.edits) == "a: 1  # shapecalc: ignore[SC505] why\n"


def test_a_comment_above_the_line_is_moved_to_its_end() -> None:
    text = "a: 1\n# shapecalc: ignore[SC505]\nb: 2  # two\n"
    (_, idle) = judge(text, finding(3))
    assert idle.message == "silences nothing here: SC505 is found on line 3"
    new = apply_edits(text, idle.edits)
    assert new == "a: 1\nb: 2  # two  # shapecalc: ignore[SC505]\n"
    assert judge(new, finding(2)) == []


def test_a_comment_is_not_moved_into_a_text() -> None:
    text = "# shapecalc: ignore[SC505]\nb: 'one\n  two'\n"
    (_, idle) = judge(text, finding(2))
    assert (idle.help, idle.edits) == ("move it to the end of line 2", ())


def test_a_comment_of_everything_silences_all_on_its_line() -> None:
    assert said("a: 1  # shapecalc: ignore\n", finding(1), finding(1, "SC201")) == []


def test_nothing_is_idle_where_not_all_was_looked_for() -> None:
    assert judge("a: 1  # shapecalc: ignore[SC505]\n", complete=False) == []


def test_ten_thousand_comments_and_findings_are_read_in_one_pass() -> None:
    text = "".join(f"k{number}: 'x' # shapecalc: ignore[SC505]\n" for number in range(10_000))
    left = judge(text, *(finding(number, code) for number in range(1, 10_001) for code in ("SC506", "SC505")))
    assert [each.code for each in left] == ["SC506"] * 10_000
    left = judge(text, *(finding(2 * number + 10_001) for number in range(10_000)))
    assert len(left) == 20_000


@pytest.mark.parametrize(
    ("lines", "place"), [((1, 9), 1), ((9, 12), 9), ((6,), 6), ((4,), 4), ((1, 4, 6, 7), 6), ((3, 4, 8), 4)]
)
def test_a_comment_is_meant_for_the_line_below_or_the_nearest(lines: tuple[int, ...], place: int) -> None:
    text = "a: 1\n" * 4 + "# shapecalc: ignore[SC505]\n" + "a: 1\n" * 9
    idle = judge(text, *map(finding, lines))[-1]
    assert idle.help == f"move it to the end of line {place}"


def test_a_text_without_the_sign_is_not_even_split_into_lines() -> None:
    plain = document("a: 1  # a remark\n")
    assert read_ignores(plain) is None
    assert plain._lines is None
