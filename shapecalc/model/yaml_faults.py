"""What a YAML reader complains of, in plain words: where, why, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from shapecalc.diagnostics import Diagnostic, Label, Span, shorten, split_lines

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_GLUED = re.compile(r"\s*(?:-\s+)*([A-Za-z_][\w.]*):(?=[^\s:/])")
_QUOTES = "put the value in quotes"


class _Scene(NamedTuple):
    """The marks of a complaint as spans, and the lines around them."""

    lines: list[str]
    at: Span
    opened: Span | None
    problem: str

    @property
    def character(self) -> str:
        return self.text(self.at)[self.at.column - 1 : self.at.column]

    def text(self, span: Span) -> str:
        return self.lines[span.line - 1]

    def report(self, message: str, way_out: str | None = None, at: Span | None = None, label: str = "") -> Diagnostic:
        """A syntax error, with what was opened earlier shown if there is a word for it."""
        labels = (Label(self.opened, label),) if label and self.opened else ()
        return Diagnostic("SC101", "error", "", message, at or self.at, labels=labels, help=way_out)


def translate(error: Exception, lines: list[str], file: str) -> Diagnostic:
    """The diagnostic for whatever PyYAML raised over a text of these lines."""
    if isinstance(error, yaml.MarkedYAMLError) and (error.problem_mark or error.context_mark):
        at = _place(error.problem_mark or error.context_mark, lines, file)
        opened = _place(error.context_mark, lines, file) if error.context_mark else None
        scene = _Scene(lines, at, opened, error.problem or "")
        if "\t" in re.match(r"\s*", scene.text(at))[0]:  # type: ignore[index]  # matches always
            return _tab(scene)
        for signs, explain in _COMPLAINTS:
            if any(sign in scene.problem for sign in signs):
                return explain(scene)
        return scene.report(f"not YAML: {shorten(scene.problem)}")
    for number, line in enumerate(lines, start=1):
        if found := _FORBIDDEN.search(line):
            return _forbidden(found[0], Span(file, number, found.start() + 1, found.end() + 1))
    return Diagnostic("SC101", "error", "", f"not YAML: {shorten(error)}", Span(file, 1, 1, 1))


def undecodable(error: UnicodeDecodeError, file: str) -> Diagnostic:
    """The diagnostic for bytes that are not UTF-8."""
    data = bytes(error.object)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message = "the file is UTF-16, not UTF-8"
        return Diagnostic("SC106", "error", "", message, Span(file, 1, 1, 1), help="save it as UTF-8")
    before = split_lines(data[: error.start].decode("utf-8"))
    column = len(before[-1].removeprefix("\ufeff") if len(before) == 1 else before[-1]) + 1
    byte = data[error.start]
    way_out = "save the file as UTF-8"
    letter = bytes([byte]).decode("latin-1")
    if letter.isprintable():
        way_out += f" (in Latin-1 this byte is `{letter}`)"
    span = Span(file, len(before), column, column + 1)
    return Diagnostic("SC106", "error", "", f"the byte 0x{byte:02X} is not UTF-8", span, help=way_out)


def _forbidden(character: str, span: Span) -> Diagnostic:
    name = {"\0": " (NUL)", "\x1b": " (escape)", "\ufeff": " (byte order mark)"}.get(character, "")
    message = f"the character U+{ord(character):04X}{name} may not stand in YAML"
    return Diagnostic("SC106", "error", "", message, span, help="delete it, or write it as an escape in double quotes")


def _place(mark: Any, lines: list[str], file: str) -> Span:
    """The mark as a span of one character, drawn back to the last text if it lies behind the end."""
    line, column = mark.line, mark.column
    if line >= len(lines) or (line == len(lines) - 1 and not lines[line].strip()):
        line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line].rstrip())
    return Span(file, line + 1, column + 1, column + 2)


def _tab(scene: _Scene) -> Diagnostic:
    """At the first tab from the mark on, which may stand behind the last text."""
    first = scene.at.line
    number = next((n for n in range(first, len(scene.lines) + 1) if "\t" in scene.lines[n - 1]), first)
    column = scene.lines[number - 1].find("\t") + 1 or scene.at.column
    place = Span(scene.at.file, number, column, column + 1)
    return scene.report("a tab is used for indentation", "indent with spaces", place)


def _unclosed(scene: _Scene) -> Diagnostic:
    opened = scene.opened or scene.at
    bracket = scene.text(opened)[opened.column - 1 : opened.column]
    closing = "]" if bracket == "[" else "}"
    if scene.character in ("]", "}"):
        message = f"`{closing}` is expected here, not `{scene.character}`"
        return scene.report(message, f"close the `{bracket}` first", label="opened here")
    if scene.at.line == opened.line and scene.at.column <= len(scene.text(scene.at).rstrip()):
        message = f"`,` or `{closing}` is expected here"
        return scene.report(message, f"separate with a comma, or {_QUOTES}", label="opened here")
    message = f"the `{bracket}` of line {opened.line}, column {opened.column} is not closed"
    return scene.report(message, f"add `{closing}`", at=opened)


def _colon(scene: _Scene) -> Diagnostic:
    line = scene.text(scene.at)
    if re.search(r":\s", line[: scene.at.column - 1]):
        return scene.report("a second `: ` on one line", f"{_QUOTES} if the colon belongs to it")
    above = next((n for n in range(scene.at.line - 1, 0, -1) if scene.lines[n - 1].strip()), 0)
    glued = _GLUED.match(scene.lines[above - 1]) if above else None
    if glued:
        return _space_after_colon(scene, Span(scene.at.file, above, glued.start(1) + 1, glued.end() + 1), glued[1])
    way_out = "line it up with the keys it belongs to"
    return scene.report("a key is not expected here: the line is indented further than the one above allows", way_out)


def _no_colon(scene: _Scene) -> Diagnostic:
    start = scene.opened or scene.at
    line = scene.text(start)
    if glued := _GLUED.match(line, start.column - 1):
        return _space_after_colon(scene, start._replace(end=glued.end() + 1), glued[1])
    span = start._replace(end=max(len(line.rstrip()) + 1, start.column + 1))
    word = shorten(line[start.column - 1 :].strip(), 40)
    return scene.report(
        f"`{word}` is neither `key: value` nor an item of a list", "put `: ` behind a key, `- ` before an item", span
    )


def _space_after_colon(scene: _Scene, span: Span, key: str) -> Diagnostic:
    return scene.report(f"a space is missing after `{key}:`", f"write `{key}: ...`", span)


def _bad_start(scene: _Scene) -> Diagnostic:
    return scene.report(f"a value cannot begin with `{shorten(scene.character)}`", _QUOTES)


def _open_quote(scene: _Scene) -> Diagnostic:
    opened = scene.opened or scene.at
    quote = scene.text(opened)[opened.column - 1 : opened.column]
    return scene.report(
        f"the quote {quote} of line {opened.line}, column {opened.column} is not closed", f"add {quote}", opened
    )


def _escape(scene: _Scene) -> Diagnostic:
    return scene.report("this escape does not exist", "in single quotes a backslash is a backslash")


def _indentation(scene: _Scene) -> Diagnostic:
    what = "an item of a list (`- `)" if "'-'" in scene.problem else "a key"
    message = f"{what} is expected here: the indentation fits nothing above"
    return scene.report(message, "line it up with its neighbours", label="they begin here")


def _list_here(scene: _Scene) -> Diagnostic:
    return scene.report("a list cannot begin here", "begin it on a line of its own, or write `[...]`")


def _anchor(scene: _Scene) -> Diagnostic:
    return scene.report("`*` and `&` begin the name of an alias or anchor", _QUOTES, scene.opened)


def _tag(scene: _Scene) -> Diagnostic:
    found = scene.report(
        "the tag is not read", "leave the tag out, or quote the value if `!` belongs to it", scene.opened
    )
    return found._replace(code="SC104")


def _directive(scene: _Scene) -> Diagnostic:
    return scene.report("a line that begins with `%` is a directive, and none is read", "delete it, or quote the value")


def _ended(scene: _Scene) -> Diagnostic:
    return scene.report("the spec has ended before this", "look for a bracket too many, or a line that stands alone")


# Parts of the complaints of libyaml and of PyYAML's own scanner, which says the same a little differently.
_COMPLAINTS: tuple[tuple[tuple[str, ...], Callable[[_Scene], Diagnostic]], ...] = (
    (("tab character",), _tab),
    (("cannot start any token",), _bad_start),
    (("',' or '}'", "',' or ']'"), _unclosed),
    (("mapping values are not allowed",), _colon),
    (("could not find expected ':'",), _no_colon),
    (("unexpected end of stream", "unexpected document"), _open_quote),
    (("unknown escape", "escape sequence"), _escape),
    (("entries are not allowed",), _list_here),
    (("expected alphabetic",), _anchor),
    (("tag", "'>'", "URI", "'!'"), _tag),
    (("document start",), _ended),
    (("directive", "incompatible"), _directive),
    (("expected key", "'-' indicator", "<block end>"), _indentation),
)
