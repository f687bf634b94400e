"""What is wrong with an entry, or a key, that YAML cannot read: a colon, a brace or a space too few or too many."""

from __future__ import annotations

import re

from shapecalc.diagnostics import Diagnostic, Edit, Fix, Span, shorten
from shapecalc.document.scene import BRACES, GLUED, QUOTED, QUOTES, WIRED, Scene

_TYPE_ALONE = re.compile(r"\s*-\s+([A-Za-z_][\w.]*(?:\(.*\))?)(\s*)$")
_PAIR_IN_PAIR = re.compile(r"\s*-\s+([A-Za-z_][\w.]*): (\w+): ((?:[^{}\[\]#]|\S#)+?)(\s*\})?\s*(?:\s#.*)?$")
_NO_PAIR = re.compile(r"\s*(?:-\s+)?([A-Za-z_]\w*)(\s*=|\s*：|:?[\u00a0\u3000]|\s+)\s*(?=\S)")
_ODD_SPACE = re.compile("[\u00a0\u2000-\u200b\u202f\u3000]")
_ODD_SIGNS = {"：": ":", "，": ",", "［": "[", "］": "]", "｛": "{", "｝": "}"}


def report_colon(scene: Scene) -> Diagnostic:
    line = scene.text(scene.at)
    above = _find_row_above(scene)
    type_alone = _TYPE_ALONE.match(scene.lines[above - 1]) if above else None
    if type_alone and _count_indentation(line) >= type_alone.start(1):
        return _report_colon_after_type(scene, above, type_alone)
    pair = _PAIR_IN_PAIR.match(line)
    if pair is not None:
        text = f"{pair[1]}: {{{pair[2]}: {pair[3]}}}"
        end = (pair.end(4) if pair[4] else pair.end(3)) + 1
        edit = scene.edit(scene.at.line, pair.start(1) + 1, end, text)
        way_out = Fix(f"write `{shorten(text)}`", (edit,), safe=True)
        return scene.report("a second `: ` on one line: arguments stand in braces", way_out)
    if re.search(r":\s", line[: scene.at.column - 1]):
        return scene.report("a second `: ` on one line", f"{QUOTES} if the colon belongs to it")
    glued = GLUED.match(scene.lines[above - 1]) if above else None
    if glued:
        return report_space(scene, Span(scene.at.file, above, glued.start(1) + 1, glued.end() + 1), glued[1])
    unsigned = _NO_PAIR.match(scene.lines[above - 1]) if above else None
    if unsigned and _count_indentation(line) <= _count_indentation(scene.lines[above - 1]):
        return _report_colon_above(scene, above, unsigned)
    message = "a key is not expected here: the line is indented further than the one above allows"
    return scene.report(message, "line it up with the keys it belongs to")


def report_equals(scene: Scene, line: int, pair: re.Match[str]) -> Diagnostic:
    """`input = [5]`: an equals sign stands between a key and its value."""
    span = Span(scene.at.file, line, pair.start(1) + 1, pair.end(3) + 1)
    message = "`: ` stands between a key and its value, not `=`"
    edit = scene.edit(line, pair.end(1) + 1, pair.start(3) + 1, ": ")
    return scene.report(message, Fix(f"write `{shorten(f'{pair[1]}: {pair[3]}')}`", (edit,), safe=True), span)


def report_after_the_end(scene: Scene) -> Diagnostic:
    """`- Dense: {units: 5} relu`: more stands after the bracket that ends a value."""
    bracket = scene.before.rstrip()[-1]
    rest = scene.text(scene.at)[scene.at.column - 1 :].split(" #")[0].rstrip()
    inside = "as `name: value`, before the `}`" if bracket == "}" else "before the `]`"
    message = f"the `{bracket}` ends the value, and `{shorten(rest)}` stands after it"
    span = scene.at._replace(end=scene.at.column + len(rest))
    return scene.report(message, f"put it inside, {inside}, or take it out", span)


def _find_row_above(scene: Scene) -> int:
    """The number of the last line above the fault that holds anything; 0 where there is none."""
    return next((row for row in range(scene.at.line - 1, 0, -1) if scene.lines[row - 1].strip()), 0)


def _count_indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _report_colon_above(scene: Scene, row: int, pair: re.Match[str]) -> Diagnostic:
    """`input [5]` and `input = [5]` on a line above, which YAML takes for the beginning of a longer text."""
    key, rest = pair[1], scene.lines[row - 1][pair.end() :].rstrip()
    span = Span(scene.at.file, row, pair.start(1) + 1, pair.end(1) + 1)
    way_out = Fix(f"write `{shorten(f'{key}: {rest}')}`", (scene.edit(row, span.end, pair.end() + 1, ": "),), safe=True)
    return scene.report(f"a colon is missing after `{key}`", way_out, span)


def find_odd_sign(line: str) -> re.Match[str] | None:
    """A space or sign of another width where YAML has its own: in front of a line, or after a key or a dash."""
    return re.match(rf"\s*(?:-\s*)?(?:[\w.]+:?)?({_ODD_SPACE.pattern}|[{''.join(_ODD_SIGNS)}])", line)


def report_odd_character(scene: Scene) -> Diagnostic:
    row, sign = next(
        (number, match) for number in list_near_rows(scene) if (match := find_odd_sign(scene.lines[number - 1]))
    )
    column = sign.start(1) + 1
    plain = _ODD_SIGNS.get(sign[1], " ")
    name = "a space of another kind" if plain == " " else f"`{sign[1]}`"
    message = f"{name} (U+{ord(sign[1]):04X}) stands where {'a plain space' if plain == ' ' else f'`{plain}`'} is meant"
    way_out = Fix("type it anew", (scene.edit(row, column, column + 1, plain),), safe=True)
    return scene.report(message, way_out, Span(scene.at.file, row, column, column + 1))


def report_comment(scene: Scene) -> Diagnostic:
    row = next((n for n in list_near_rows(scene) if "//" in scene.lines[n - 1]), scene.at.line)
    column = scene.lines[row - 1].index("//") + 1
    way_out = Fix("write `#` in place of `//`", (scene.edit(row, column, column + 2, "#"),), safe=True)
    return scene.report("a comment begins with `#`", way_out, Span(scene.at.file, row, column, column + 2))


def closes_nothing(scene: Scene) -> bool:
    bare = QUOTED.sub("", scene.text(scene.at)[: scene.at.column - 1])
    return bare.count("{") == bare.count("}") > 0


def report_bracket(scene: Scene) -> Diagnostic:
    edit = scene.edit(scene.at.line, scene.at.column, scene.at.column + 1, "")
    return scene.report("one `}` too many", Fix("delete it", (edit,), safe=True))


def is_misplaced(scene: Scene) -> bool:
    """Whether the wiring where the parser gave up begins in another column than the type above it."""
    return _find_depth(scene) != _count_indentation(scene.text(scene.at))


def _find_depth(scene: Scene) -> int | None:
    """How far the type of the entry above is indented; None where there is no entry."""
    lines = (re.match(r"\s*-\s+(?=\S)", scene.lines[row - 1]) for row in range(scene.at.line - 1, 0, -1))
    return next((dash.end() for dash in lines if dash), None)


def report_wiring(scene: Scene) -> Diagnostic:
    """`from:` further left or right than the type it stands beside."""
    word = WIRED.match(scene.text(scene.at))[2]  # type: ignore[index]  # it was seen to match
    depth = _find_depth(scene)
    if depth is None:
        return report_indentation(scene)
    message = f"`{word}` stands neither inside its entry nor beside its type"
    edit = scene.edit(scene.at.line, 1, _count_indentation(scene.text(scene.at)) + 1, " " * depth)
    way_out = Fix(f"begin it below the type, in column {depth + 1}", (edit,), safe=True)
    return scene.report(message, way_out, label="they begin here")


def list_near_rows(scene: Scene) -> list[int]:
    """The line where the parser gave up, and the last one above it that holds anything."""
    above = _find_row_above(scene)
    return [number for number in (scene.at.line, above) if number]


def report_braces(scene: Scene) -> Diagnostic:
    """`- Dense {units: 1, ...}` and `- Dense:{units: 1, ...}`: the sign or the space between is missing."""
    line, braces = next(
        (number, match) for number in list_near_rows(scene) if (match := BRACES.match(scene.lines[number - 1]))
    )
    if braces[2] is not None:
        return _report_colon_after_type(scene, line, braces)
    column = braces.end(1) + 2
    span = Span(scene.at.file, line, braces.start(1) + 1, column)
    way_out = Fix(f"write `{braces[1]}: {{`", (scene.edit(line, column, column, " "),), safe=True)
    return scene.report(f"a space is missing after `{braces[1]}:`", way_out, span)


def _report_colon_after_type(scene: Scene, line: int, type_name: re.Match[str]) -> Diagnostic:
    """`- Dense {units: 1, ...}`, and `- Concatenate` with `from:` below: the colon after the type is missing."""
    column = type_name.end(1) + 1
    gap = type_name[2]
    if "(" in type_name[1]:
        return _report_call(scene, line, type_name)
    span = Span(scene.at.file, line, type_name.start(1) + 1, column)
    edit = scene.edit(line, column, column, ":" if gap or line != scene.at.line else ": ")
    way_out = Fix(f"write `{type_name[1]}:`", (edit, *_indent_arguments(scene, line)), safe=True)
    return scene.report(f"a colon is missing after `{type_name[1]}`", way_out, span)


def _report_call(scene: Scene, line: int, call: re.Match[str]) -> Diagnostic:
    """`- Add()` with `from:` below: a call in Python, and the colon is missing."""
    span = Span(scene.at.file, line, call.start(1) + 1, call.end(1) + 1)
    message = f"`{shorten(call[1])}` is a call in Python, not an entry"
    answer = scene.answer_call(call[1]) if scene.answer_call is not None else None
    help: str | Fix = "`shapecalc layers` lists the layer types"
    if answer is not None:
        edits = () if answer.text is None else (scene.edit(line, span.column, span.end, answer.text),)
        help = Fix(answer.help, edits, answer.safe)
    return scene.report(message, help, span)._replace(code="SC108")


def _indent_arguments(scene: Scene, line: int) -> list[Edit]:
    """Edits that move the arguments below a type further to the right; no edits for wiring, which stands there."""
    if scene.at.line == line or re.match(r"\s*(?:from|call|if|repeat)\s*:", scene.text(scene.at)):
        return []
    depth = _count_indentation(scene.text(scene.at))
    rows = []
    for number in range(scene.at.line, len(scene.lines) + 1):
        text = scene.lines[number - 1]
        if not text.strip() or _count_indentation(text) < depth:
            break
        rows.append(Edit(scene.at.file, number, 1, number, 1, "  "))
    return rows


def report_space(scene: Scene, span: Span, key: str) -> Diagnostic:
    rest = scene.text(span)[span.end - 1 :].rstrip()
    edit = scene.edit(span.line, span.end, span.end, " ")
    return scene.report(
        f"a space is missing after `{key}:`", Fix(f"write `{key}: {shorten(rest)}`", (edit,), safe=True), span
    )


def report_indentation(scene: Scene) -> Diagnostic:
    expected = "an item of a list (`- `)" if re.match(r"-\s", scene.between) else "a key"
    message = f"{expected} is expected here: the indentation fits nothing above"
    return scene.report(message, "line it up with its neighbours", label="they begin here")
