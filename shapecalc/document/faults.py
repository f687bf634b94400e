"""What is wrong with a text that cannot be read as YAML, in plain words: where, why, and the way out.

A parser's complaint is known by its class and its marks alone: what it says differs between PyYAML's two parsers and
from version to version, so what is wrong is read from the text at the marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import yaml

from shapecalc.diagnostics import Diagnostic, Edit, Fault, Label, Span, error, shorten, split_lines
from shapecalc.document.builder import Builder
from shapecalc.document.nodes import Document

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_GLUED = re.compile(r"\s*(?:-\s+)*([A-Za-z_][\w.]*):(?=[^\s:/])")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_COMMENT = re.compile(r"\s#.*")
_MARKER = re.compile(r"^(?:---|\.\.\.)(?!\S)", re.MULTILINE)
_BRACES = re.compile(r"\s*-\s+([A-Za-z_][\w.]*)(?:(\s*)|:)\{")
_TYPE_ALONE = re.compile(r"\s*-\s+([A-Za-z_][\w.]*(?:\(.*\))?)(\s*)$")
_PAIR_IN_PAIR = re.compile(r"\s*-\s+([A-Za-z_][\w.]*): (\w+): ([^{}\[\]]+?)(\s*\})?\s*$")
_WIRED = re.compile(r"(\s*)(from|call|if|repeat)\s*:")
_NO_PAIR = re.compile(r"\s*(?:-\s+)?([A-Za-z_]\w*)(\s*=|\s*：|:?[\u00a0\u3000]|\s+)\s*(?=\S)")
_ODD_SPACE = re.compile("[\u00a0\u2000-\u200b\u202f\u3000]")
_ODD_SIGNS = {"：": ":", "，": ",", "［": "[", "］": "]", "｛": "{", "｝": "}"}
_QUOTES = "put the value in quotes"


class _Scene:
    """Where a parser gave up, and where what it was reading began, if it says so."""

    def __init__(self, document: Document, mark: Any, opening: Any, answer_call: AnswerCall | None) -> None:
        self.answer_call = answer_call
        self.lines = document.lines
        self.at = _place(mark, document.lines, document.file)
        self.opened = _place(opening, document.lines, document.file) if opening else None
        self.before = document.text[: mark.index]
        self.after = document.text[mark.index :]
        self.between = document.text[opening.index : mark.index] if opening else ""

    @property
    def character(self) -> str:
        """What stands where the parser gave up; at the end of the text the last character."""
        return self.text(self.at)[self.at.column - 1 : self.at.column]

    @property
    def is_first_in_line(self) -> bool:
        return not self.before.rpartition("\n")[2].strip()

    def text(self, span: Span) -> str:
        """The line in which a span begins."""
        return self.lines[span.line - 1]

    def report(self, message: str, way_out: str | None = None, at: Span | None = None, label: str = "") -> Diagnostic:
        """A syntax error, with what was opened earlier shown if there is a word for it."""
        labels = (Label(self.opened, label),) if label and self.opened else ()
        return error("SC101", message, at or self.at, labels=labels, help=way_out)


class Answer(NamedTuple):
    """What to write in place of a call in Python: the help, and the entry's text where nothing is left to fill in."""

    help: str
    text: str | None


AnswerCall: TypeAlias = Callable[[str], Answer | None]
"""Gives the answer to a call in Python that stands where an entry is wanted; None where it is of no layer."""


def translate(failure: Exception, document: Document, answer_call: AnswerCall | None = None) -> Diagnostic:
    """The diagnostic for whatever PyYAML raised over a document; `answer_call` knows layers, as this file does not."""
    if isinstance(failure, yaml.MarkedYAMLError) and (failure.problem_mark or failure.context_mark):
        mark: Any = failure.problem_mark or failure.context_mark
        deep = _too_deep(document, mark)
        if deep is not None:
            return deep
        scene = _Scene(document, mark, failure.context_mark, answer_call)
        return _kind_of(scene)(scene)
    for number, line in enumerate(document.lines, start=1):
        if forbidden := _FORBIDDEN.search(line):
            span = Span(document.file, number, forbidden.start() + 1, forbidden.end() + 1)
            return _forbidden(forbidden[0], span)
    return error("SC101", "this is not YAML", Span(document.file, 1, 1, 1))


def _too_deep(document: Document, mark: Any) -> Diagnostic | None:
    """Our own limit of depth, where it is passed before the mark; a parser reads ahead, and may have a limit itself."""
    before = Document(document.file, document.text[: mark.index])
    try:
        Builder(before).build()
    except Fault as fault:
        return next((finding for finding in fault.diagnostics if finding.code == "SC602"), None)
    except (yaml.YAMLError, ValueError):
        return None
    return None


def _kind_of(scene: _Scene) -> Callable[[_Scene], Diagnostic]:
    """What says what is wrong, chosen by the text at the marks."""
    sign = scene.after[:1]
    if sign == "\t" or "\t" in re.match(r"\s*", scene.text(scene.at))[0]:  # type: ignore[index]  # matches always
        return _tab
    if any(_BRACES.match(scene.lines[number - 1]) for number in _near(scene)):
        return _braces
    if any(_odd_sign(scene.lines[number - 1]) for number in _near(scene)):
        return _odd_character
    if any(re.match(r"\s*//", scene.lines[number - 1]) or "//" in scene.after[:2] for number in _near(scene)):
        return _comment
    if scene.after[:1] == "}" and _closes_nothing(scene):
        return _bracket_too_many
    if _WIRED.match(scene.text(scene.at)) and scene.is_first_in_line and scene.between:
        return _wiring_out_of_line
    if sign == "%" and scene.at.column == 1:
        return _directive
    if sign and sign in "@`%|>" and not scene.between:
        return _bad_start
    if scene.between:
        return _kind_within(scene, scene.between, sign)
    if scene.opened:
        return _tag if sign == "!" else _no_value if sign in ",:]}-?." else _unknown
    if _has_ended(scene):
        return _ended
    if sign == ":":
        return _colon
    return _list_here if sign == "-" and not scene.is_first_in_line else _unknown


def _kind_within(scene: _Scene, read: str, sign: str) -> Callable[[_Scene], Diagnostic]:
    """As `_kind_of`, where the parser says what it had begun to read: `read`, up to where it gave up."""
    first = read[0]
    if first in "'\"" and not _QUOTED.match(read):
        return _open_quote if not sign or _MARKER.match(scene.after) else _escape
    if first in "[{":
        return _no_colon if _closes(read) else _unclosed
    kinds = {"!": _tag, "&": _anchor, "*": _anchor, "%": _directive, "|": _block_text, ">": _block_text}
    if first in kinds and "\n" not in read:
        return kinds[first]
    if re.match(r"[-?]\s", read) or re.search(r":(?:\s|$)", read):
        return _indentation
    return _colon_in_word if sign == ":" and "\n" not in read else _no_colon


def _closes(read: str) -> bool:
    """Whether a text that begins with a bracket holds the one that closes it."""
    bare = _COMMENT.sub("", _QUOTED.sub("", read))
    return sum(map(bare.count, "[{")) <= sum(map(bare.count, "]}"))


def _has_ended(scene: _Scene) -> bool:
    """Whether the whole of a spec stands before the mark: a closed bracket, a marker, or lines indented further."""
    if _MARKER.search(scene.before) and scene.is_first_in_line:
        return True
    begun = re.search(r"^( *)([^#\s])", scene.before, re.MULTILINE)
    if begun is None:
        return False
    return begun[2] in "[{'\"" if scene.at.column > len(begun[1]) else scene.is_first_in_line


def undecodable(failure: UnicodeDecodeError, file: str) -> Diagnostic:
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


def _forbidden(character: str, span: Span) -> Diagnostic:
    name = {"\0": " (NUL)", "\x1b": " (escape)", "\ufeff": " (byte order mark)"}.get(character, "")
    message = f"the character U+{ord(character):04X}{name} may not stand in YAML"
    return error("SC106", message, span, help="delete it, or write it as an escape in double quotes")


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
    above = next((n for n in range(scene.at.line - 1, 0, -1) if scene.lines[n - 1].strip()), 0)
    type_alone = _TYPE_ALONE.match(scene.lines[above - 1]) if above else None
    if type_alone and len(line) - len(line.lstrip()) >= type_alone.start(1):
        return _colon_before(scene, above, type_alone)
    pair = _PAIR_IN_PAIR.match(line)
    if pair is not None:
        text = f"{pair[1]}: {{{pair[2]}: {pair[3]}}}"
        found = scene.report("a second `: ` on one line: arguments stand in braces", f"write `{shorten(text)}`")
        edit = Edit(scene.at.file, scene.at.line, pair.start(1) + 1, scene.at.line, len(line.rstrip()) + 1, text)
        return found._replace(edits=(edit,))
    if re.search(r":\s", line[: scene.at.column - 1]):
        return scene.report("a second `: ` on one line", f"{_QUOTES} if the colon belongs to it")
    glued = _GLUED.match(scene.lines[above - 1]) if above else None
    if glued:
        return _space_after_colon(scene, Span(scene.at.file, above, glued.start(1) + 1, glued.end() + 1), glued[1])
    unsigned = _NO_PAIR.match(scene.lines[above - 1]) if above else None
    if unsigned and _depth(line) <= _depth(scene.lines[above - 1]):
        return _colon_left_out(scene, above, unsigned)
    way_out = "line it up with the keys it belongs to"
    return scene.report("a key is not expected here: the line is indented further than the one above allows", way_out)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _colon_left_out(scene: _Scene, row: int, pair: re.Match[str]) -> Diagnostic:
    """`input [5]` and `input = [5]` on a line above, which YAML takes for the beginning of a longer text."""
    key, rest = pair[1], scene.lines[row - 1][pair.end() :].rstrip()
    span = Span(scene.at.file, row, pair.start(1) + 1, pair.end(1) + 1)
    found = scene.report(f"a colon is missing after `{key}`", f"write `{shorten(f'{key}: {rest}')}`", span)
    return found._replace(edits=(Edit(scene.at.file, row, span.end, row, pair.end() + 1, ": "),))


def _odd_sign(line: str) -> re.Match[str] | None:
    """A space or sign of another width that stands where YAML wants its own: in front, or behind a key or a dash."""
    return re.match(rf"\s*(?:-\s*)?(?:[\w.]+:?)?({_ODD_SPACE.pattern}|[{''.join(_ODD_SIGNS)}])", line)


def _odd_character(scene: _Scene) -> Diagnostic:
    row, sign = next((number, match) for number in _near(scene) if (match := _odd_sign(scene.lines[number - 1])))
    column = sign.start(1) + 1
    plain = _ODD_SIGNS.get(sign[1], " ")
    name = "a space of another kind" if plain == " " else f"`{sign[1]}`"
    message = f"{name} (U+{ord(sign[1]):04X}) stands where {'a plain space' if plain == ' ' else f'`{plain}`'} is meant"
    found = scene.report(message, "type it anew", Span(scene.at.file, row, column, column + 1))
    return found._replace(edits=(Edit(scene.at.file, row, column, row, column + 1, plain),))


def _comment(scene: _Scene) -> Diagnostic:
    row = next((n for n in _near(scene) if "//" in scene.lines[n - 1]), scene.at.line)
    column = scene.lines[row - 1].index("//") + 1
    found = scene.report(
        "a comment begins with `#`", "write `#` in place of `//`", Span(scene.at.file, row, column, column + 2)
    )
    return found._replace(edits=(Edit(scene.at.file, row, column, row, column + 2, "#"),))


def _closes_nothing(scene: _Scene) -> bool:
    bare = _QUOTED.sub("", scene.text(scene.at)[: scene.at.column - 1])
    return bare.count("{") == bare.count("}") > 0


def _bracket_too_many(scene: _Scene) -> Diagnostic:
    found = scene.report("one `}` too many", "delete it")
    return found._replace(
        edits=(Edit(scene.at.file, scene.at.line, scene.at.column, scene.at.line, scene.at.column + 1, ""),)
    )


def _wiring_out_of_line(scene: _Scene) -> Diagnostic:
    """`from:` further left or right than the type it stands beside."""
    word = _WIRED.match(scene.text(scene.at))[2]  # type: ignore[index]  # it was seen to match
    entry = next((n for n in range(scene.at.line - 1, 0, -1) if re.match(r"\s*-\s+\S", scene.lines[n - 1])), None)
    if entry is None:
        return _indentation(scene)
    depth = re.match(r"\s*-\s+", scene.lines[entry - 1]).end()  # type: ignore[union-attr]  # as above
    message = f"`{word}` stands neither inside its entry nor beside its type"
    found = scene.report(message, f"begin it below the type, in column {depth + 1}", label="they begin here")
    row = scene.at.line
    return found._replace(edits=(Edit(scene.at.file, row, 1, row, _depth(scene.text(scene.at)) + 1, " " * depth),))


def _near(scene: _Scene) -> list[int]:
    """The line where the parser gave up, and the last one above it that holds anything."""
    above = next((n for n in range(scene.at.line - 1, 0, -1) if scene.lines[n - 1].strip()), 0)
    return [number for number in (scene.at.line, above) if number]


def _braces(scene: _Scene) -> Diagnostic:
    """`- Dense {units: 1, ...}` and `- Dense:{units: 1, ...}`: the sign or the space between is missing."""
    line, found = next((number, match) for number in _near(scene) if (match := _BRACES.match(scene.lines[number - 1])))
    if found[2] is not None:
        return _colon_before(scene, line, found)
    column = found.end(1) + 2
    span = Span(scene.at.file, line, found.start(1) + 1, column)
    report = scene.report(f"a space is missing after `{found[1]}:`", f"write `{found[1]}: {{`", span)
    return report._replace(edits=(Edit(scene.at.file, line, column, line, column, " "),))


def _colon_before(scene: _Scene, line: int, type_name: re.Match[str]) -> Diagnostic:
    """`- Dense {units: 1, ...}`, and `- Concatenate` with `from:` below: the colon behind the type is missing."""
    column = type_name.end(1) + 1
    gap = type_name[2]
    if "(" in type_name[1]:
        return _call_before(scene, line, type_name)
    span = Span(scene.at.file, line, type_name.start(1) + 1, column)
    found = scene.report(f"a colon is missing after `{type_name[1]}`", f"write `{type_name[1]}:`", span)
    edit = Edit(scene.at.file, line, column, line, column, ":" if gap or line != scene.at.line else ": ")
    return found._replace(edits=(edit, *_pushed_in(scene, line)))


def _call_before(scene: _Scene, line: int, call: re.Match[str]) -> Diagnostic:
    """`- Add()` with `from:` below: a call in Python, and the colon is missing."""
    span = Span(scene.at.file, line, call.start(1) + 1, call.end(1) + 1)
    message = f"`{shorten(call[1])}` is a call in Python, not an entry"
    answer = scene.answer_call(call[1]) if scene.answer_call is not None else None
    help = "`shapecalc layers` lists the layer types" if answer is None else answer.help
    found = scene.report(message, help, span)._replace(code="SC108")
    if answer is None or answer.text is None:
        return found
    return found._replace(edits=(Edit(scene.at.file, line, span.column, line, span.end, answer.text),))


def _pushed_in(scene: _Scene, line: int) -> list[Edit]:
    """Arguments below a type further to the right, where its wiring would stand."""
    if scene.at.line == line or re.match(r"\s*(?:from|call|if|repeat)\s*:", scene.text(scene.at)):
        return []
    depth = len(scene.text(scene.at)) - len(scene.text(scene.at).lstrip())
    rows = []
    for number in range(scene.at.line, len(scene.lines) + 1):
        text = scene.lines[number - 1]
        if not text.strip() or len(text) - len(text.lstrip()) < depth:
            break
        rows.append(Edit(scene.at.file, number, 1, number, 1, "  "))
    return rows


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
    what = "an item of a list (`- `)" if re.match(r"-\s", scene.between) else "a key"
    message = f"{what} is expected here: the indentation fits nothing above"
    return scene.report(message, "line it up with its neighbours", label="they begin here")


def _list_here(scene: _Scene) -> Diagnostic:
    return scene.report("a list cannot begin here", "begin it on a line of its own, or write `[...]`")


def _anchor(scene: _Scene) -> Diagnostic:
    if bullet := re.match(r"\s*(\*)\s", scene.text(scene.at)):
        column = bullet.start(1) + 1
        rows = [number for number, text in enumerate(scene.lines, 1) if re.match(rf" {{{column - 1}}}\*\s", text)]
        edits = tuple(Edit(scene.at.file, row, column, row, column + 1, "-") for row in rows)
        found = scene.report("the items of a list begin with `- `", "write `- ` in place of it", scene.opened)
        return found._replace(edits=edits)
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


def _no_value(scene: _Scene) -> Diagnostic:
    if not scene.after.strip():
        return scene.report("a value is expected here, and the text ends", "close the bracket that is open")
    sign = shorten(scene.character)
    return scene.report(f"a value is expected here, not `{sign}`", f"close the bracket that is open, or {_QUOTES}")


def _block_text(scene: _Scene) -> Diagnostic:
    sign = scene.between[0]
    return scene.report(f"behind `{sign}` the line ends: the text begins on the next", _QUOTES, scene.opened)


def _colon_in_word(scene: _Scene) -> Diagnostic:
    return scene.report("a `:` is not expected here", _QUOTES)


def _unknown(scene: _Scene) -> Diagnostic:
    way_out = "look at the brackets, quotes, colons and indentation up to here"
    return scene.report("what begins here cannot be read as YAML", way_out)
