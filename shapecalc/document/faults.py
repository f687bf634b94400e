"""What is wrong with a text that cannot be read as YAML, in plain words: where, why, and the way out.

A parser's complaint is known by its class and its marks alone: what it says differs between PyYAML's two parsers and
from version to version, so what is wrong is read from the text at the marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from shapecalc.diagnostics import Diagnostic, Edit, Fault, Fix, Span, apply_edits, error, shorten, split_lines
from shapecalc.document.builder import Builder
from shapecalc.document.entry_faults import (
    closes_nothing,
    find_odd_sign,
    is_misplaced,
    list_near_rows,
    report_after_the_end,
    report_braces,
    report_bracket,
    report_colon,
    report_comment,
    report_equals,
    report_indentation,
    report_odd_character,
    report_space,
    report_wiring,
)
from shapecalc.document.nodes import Document
from shapecalc.document.scene import BRACES, GLUED, QUOTED, QUOTES, WIRED, AnswerCall, Scene

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MOST_EDITS = 1_000
"""A file with more characters that may not stand is not mended by editing it."""
_COMMENT = re.compile(r"\s#.*")
_MARKER = re.compile(r"^(?:---|\.\.\.)(?!\S)", re.MULTILINE)
_EQUALS = re.compile(r"\s*(?:-\s+)?([A-Za-z_][\w.]*)(\s*=\s*)([^=\s].*?)\s*$")


def translate(failure: Exception, document: Document, answer_call: AnswerCall | None = None) -> Diagnostic:
    """The diagnostic for whatever PyYAML raised over a document; `answer_call` knows layers, as this file does not."""
    if isinstance(failure, yaml.MarkedYAMLError) and (failure.problem_mark or failure.context_mark):
        mark: Any = failure.problem_mark or failure.context_mark
        deep = _report_depth(document, mark)
        if deep is not None:
            return deep
        scene = Scene(document, mark, failure.context_mark, answer_call)
        return _try_fix(_choose_report(scene)(scene), document, mark)
    for number, line in enumerate(document.lines, start=1):
        if forbidden := _FORBIDDEN.search(line):
            span = Span(document.file, number, forbidden.start() + 1, forbidden.end() + 1)
            return _report_forbidden(forbidden[0], span, document.lines)
    return error("SC101", "this is not YAML", Span(document.file, 1, 1, 1))


def _try_fix(finding: Diagnostic, document: Document, mark: Any) -> Diagnostic:
    """The finding, without its edits where the text that they make cannot be read as far as before."""
    if not finding.edits:
        return finding
    mended = Document(document.file, apply_edits(document.text, finding.edits))
    try:
        Builder(mended).build()
    except Fault:
        return finding  # it is read, and something else is wrong
    except yaml.MarkedYAMLError as failure:
        place: Any = failure.problem_mark or failure.context_mark
        if place is None or (place.line, place.column) <= (mark.line, mark.column):
            return finding._replace(edits=(), safe=False, example=False)
    except (yaml.YAMLError, ValueError, OverflowError):
        return finding._replace(edits=(), safe=False, example=False)
    return finding


def _report_depth(document: Document, mark: Any) -> Diagnostic | None:
    """The finding for a text nested too deeply before the mark, else None. A parser may have a limit of its own."""
    before = Document(document.file, document.text[: mark.index])
    try:
        Builder(before).build()
    except Fault as fault:
        return next((finding for finding in fault.diagnostics if finding.code == "SC602"), None)
    except (yaml.YAMLError, ValueError):
        return None
    return None


def _choose_report(scene: Scene) -> Callable[[Scene], Diagnostic]:
    """The function that reports the fault, chosen by the text at the marks."""
    sign = scene.after[:1]
    if sign == "\t" or "\t" in re.match(r"\s*", scene.text(scene.at))[0]:  # type: ignore[index]  # matches always
        return _report_tab
    if any(BRACES.match(scene.lines[number - 1]) for number in list_near_rows(scene)):
        return report_braces
    if any(find_odd_sign(scene.lines[number - 1]) for number in list_near_rows(scene)):
        return report_odd_character
    if any(re.match(r"\s*//", scene.lines[number - 1]) or "//" in scene.after[:2] for number in list_near_rows(scene)):
        return report_comment
    if scene.after[:1] == "}" and closes_nothing(scene):
        return report_bracket
    if WIRED.match(scene.text(scene.at)) and scene.is_first_in_line and scene.between and is_misplaced(scene):
        return report_wiring
    if sign == "%" and scene.at.column == 1:
        return _report_directive
    if sign and sign in "@`%|>" and not scene.between:
        return _report_bad_start
    if scene.between:
        return _choose_report_within(scene, scene.between, sign)
    if scene.opened:
        return _report_tag if sign == "!" else _report_no_value if sign in ",:]}-?." else _report_unknown
    if _has_ended(scene):
        return _report_end
    if sign == ":":
        return report_colon
    return _report_list if sign == "-" and not scene.is_first_in_line else _report_unknown


def _choose_report_within(scene: Scene, read: str, sign: str) -> Callable[[Scene], Diagnostic]:
    """As `_choose_report`, where the parser says what it had begun to read: `read`, up to where it gave up."""
    first = read[0]
    if first in "'\"" and not QUOTED.match(read):
        return _open_quote if not sign or _MARKER.match(scene.after) else _escape
    if first in "[{":
        return _report_no_colon if _closes(read) else _report_unclosed
    kinds = {
        "!": _report_tag,
        "&": _report_anchor,
        "*": _report_anchor,
        "%": _report_directive,
        "|": _report_block_text,
        ">": _report_block_text,
    }
    if first in kinds and "\n" not in read:
        return kinds[first]
    if re.match(r"[-?]\s", read) or re.search(r":(?:\s|$)", read):
        last = scene.before.rpartition("\n")[2].rstrip()[-1:]
        return report_after_the_end if last in ("]", "}") and sign.isalnum() else report_indentation
    return _report_colon_in_word if sign == ":" and "\n" not in read else _report_no_colon


def _closes(read: str) -> bool:
    """Whether a text that begins with a bracket holds the one that closes it."""
    bare = _COMMENT.sub("", QUOTED.sub("", read))
    return sum(map(bare.count, "[{")) <= sum(map(bare.count, "]}"))


def _has_ended(scene: Scene) -> bool:
    """Whether the whole of a spec stands before the mark: a closed bracket, a marker, or lines indented further."""
    if _MARKER.search(scene.before) and scene.is_first_in_line:
        return True
    begun = re.search(r"^( *)([^#\s])", scene.before, re.MULTILINE)
    if begun is None:
        return False
    return begun[2] in "[{'\"" if scene.at.column > len(begun[1]) else scene.is_first_in_line


def report_undecodable(failure: UnicodeDecodeError, file: str) -> Diagnostic:
    """The diagnostic for bytes that are not UTF-8."""
    data = bytes(failure.object)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message = "the file is UTF-16, not UTF-8"
        return error("SC106", message, Span(file, 1, 1, 1), help="save it as UTF-8")
    before = split_lines(data[: failure.start].decode("utf-8"))
    column = len(before[-1].removeprefix("\ufeff") if len(before) == 1 else before[-1]) + 1
    byte = data[failure.start]
    way_out = "save the file as UTF-8"
    letter = bytes([byte]).decode("latin-1")
    if letter.isprintable():
        way_out += f" (in Latin-1 this byte is `{letter}`)"
    span = Span(file, len(before), column, column + 1)
    return error("SC106", f"the byte 0x{byte:02X} is not UTF-8", span, help=way_out)


def _report_forbidden(character: str, span: Span, lines: list[str]) -> Diagnostic:
    name = {"\0": " (NUL)", "\x1b": " (escape)", "\ufeff": " (byte order mark)"}.get(character, "")
    message = f"the character U+{ord(character):04X}{name} may not stand in YAML"
    edits = [
        Edit(span.file, row, match.start() + 1, row, match.end() + 1, "")
        for row, line in enumerate(lines, 1)
        for match in re.finditer(re.escape(character), line)
    ]
    words = "delete it, or write it as an escape in double quotes"
    return error("SC106", message, span, help=Fix(words, tuple(edits[:_MOST_EDITS])))


def _report_tab(scene: Scene) -> Diagnostic:
    """At the first tab from the mark on, which may stand after the last text."""
    first = scene.at.line
    number = next((n for n in range(first, len(scene.lines) + 1) if "\t" in scene.lines[n - 1]), first)
    column = scene.lines[number - 1].find("\t") + 1 or scene.at.column
    span = Span(scene.at.file, number, column, column + 1)
    edits = []
    for row, line in enumerate(scene.lines, 1):
        blank = re.match(r"[ \t]*", line)
        if blank and "\t" in blank[0]:
            edits.append(scene.edit(row, 1, blank.end() + 1, blank[0].replace("\t", "  ")))
    if not any(edit.line == number for edit in edits):  # it stands further to the right
        edits.append(scene.edit(number, column, column + 1, " "))
    return scene.report("a tab is used for indentation", Fix("indent with spaces", tuple(edits)), span)


def _report_unclosed(scene: Scene) -> Diagnostic:
    opened = scene.opened or scene.at
    bracket = scene.text(opened)[opened.column - 1 : opened.column]
    closing = "]" if bracket == "[" else "}"
    if scene.character in ("]", "}"):
        message = f"`{closing}` is expected here, not `{scene.character}`"
        return scene.report(message, f"close the `{bracket}` first", label="opened here")
    if scene.at.line == opened.line and scene.at.column <= len(scene.text(scene.at).rstrip()):
        message = f"`,` or `{closing}` is expected here"
        return scene.report(message, f"separate with a comma, or {QUOTES}", label="opened here")
    message = f"the `{bracket}` of line {opened.line}, column {opened.column} is not closed"
    return scene.report(message, Fix(f"add `{closing}`", (_end_line(scene, opened, closing),)), at=opened)


def _end_line(scene: Scene, opened: Span, text: str) -> Edit:
    """An edit that puts a text at the end of the line where something was opened, before a comment."""
    line = scene.text(opened)
    comment = _COMMENT.search(line, opened.column)
    column = len(line[: comment.start()] if comment else line.rstrip()) + 1
    return scene.edit(opened.line, column, column, text)


def _report_no_colon(scene: Scene) -> Diagnostic:
    start = scene.opened or scene.at
    line = scene.text(start)
    if pair := _EQUALS.match(line):
        return report_equals(scene, start.line, pair)
    if glued := GLUED.match(line, start.column - 1):
        return report_space(scene, start._replace(end=glued.end() + 1), glued[1])
    span = start._replace(end=max(len(line.rstrip()) + 1, start.column + 1))
    word = shorten(line[start.column - 1 :].strip(), 40)
    return scene.report(
        f"`{word}` is neither `key: value` nor an item of a list", "put `: ` after a key, `- ` before an item", span
    )


def _report_bad_start(scene: Scene) -> Diagnostic:
    return scene.report(f"a value cannot begin with `{shorten(scene.character)}`", QUOTES)


def _open_quote(scene: Scene) -> Diagnostic:
    opened = scene.opened or scene.at
    quote = scene.text(opened)[opened.column - 1 : opened.column]
    message = f"the quote {quote} of line {opened.line}, column {opened.column} is not closed"
    return scene.report(message, Fix(f"add {quote}", (_end_line(scene, opened, quote),)), opened)


def _escape(scene: Scene) -> Diagnostic:
    return scene.report("this escape does not exist", "in single quotes a backslash is a backslash")


def _report_list(scene: Scene) -> Diagnostic:
    return scene.report("a list cannot begin here", "begin it on a line of its own, or write `[...]`")


def _report_anchor(scene: Scene) -> Diagnostic:
    if bullet := re.match(r"\s*(\*)\s", scene.text(scene.at)):
        column = bullet.start(1) + 1
        rows = [number for number, text in enumerate(scene.lines, 1) if re.match(rf" {{{column - 1}}}\*\s", text)]
        edits = tuple(scene.edit(row, column, column + 1, "-") for row in rows)
        way_out = Fix("write `- ` in place of it", edits, safe=True)
        return scene.report("the items of a list begin with `- `", way_out, scene.opened)
    return scene.report("`*` and `&` begin the name of an alias or anchor", QUOTES, scene.opened)


def _report_tag(scene: Scene) -> Diagnostic:
    finding = scene.report(
        "the tag is not read", "leave the tag out, or quote the value if `!` belongs to it", scene.opened
    )
    return finding._replace(code="SC104")


def _report_directive(scene: Scene) -> Diagnostic:
    return scene.report("a line that begins with `%` is a directive, and none is read", "delete it, or quote the value")


def _report_end(scene: Scene) -> Diagnostic:
    return scene.report("the spec has ended before this", "look for a bracket too many, or a line that stands alone")


def _report_no_value(scene: Scene) -> Diagnostic:
    if not scene.after.strip():
        return scene.report("a value is expected here, and the text ends", "close the bracket that is open")
    sign = shorten(scene.character)
    return scene.report(f"a value is expected here, not `{sign}`", f"close the bracket that is open, or {QUOTES}")


def _report_block_text(scene: Scene) -> Diagnostic:
    sign = scene.between[0]
    return scene.report(f"after `{sign}` the line ends: the text begins on the next", QUOTES, scene.opened)


def _report_colon_in_word(scene: Scene) -> Diagnostic:
    return scene.report("a `:` is not expected here", QUOTES)


def _report_unknown(scene: Scene) -> Diagnostic:
    way_out = "look at the brackets, quotes, colons and indentation up to here"
    return scene.report("what begins here cannot be read as YAML", way_out)
