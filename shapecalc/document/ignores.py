"""Comments that silence findings: `# shapecalc: ignore[SC505]` at the end of a line is for what is found on that line.

`ignore[SC505, SC507]` names several codes, and `ignore` alone means all. Text after it says why. A comment that
silences nothing is itself a finding. In a file that is not valid YAML no comment counts: where one ends is not known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import ALWAYS_SAID, Diagnostic, Edit, Fix, Span, warning
from shapecalc.document.nodes import COMMENT_SIGN

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document

CODE = "SC513"
ALL = "SC"
"""What all codes begin with."""

_DIRECTIVE = re.compile(r"(?<!\S)#[ \t]*shapecalc:[ \t]*([\w-]+)((?:(?![ \t]#).)*)")
_BRACKETS = re.compile(r"[ \t]*\[([^\]]*)\]")
_BARE_CODES = re.compile(
    r"[ \t]*\[?[ \t]*((?:SC)?\d{3}(?:[ \t]*,?[ \t]*(?:SC)?\d{3})*)(?!\w)(?:[ \t]*,)?", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{3}")
_FRIENDS = dict.fromkeys(("noqa", "nolint", "disable", "skip", "silence", "suppress", "ignored"), "ignore")
"""What other tools call it."""
_OTHER_REACHES = {
    "file": "`per-file-ignores` under [tool.shapecalc] ignores codes in a whole file",
    "line": "put `# shapecalc: ignore[SC505]` at the end of the line itself",
}
"""The ways out for comments of other tools that are for more, or for another line, by the last part of their names."""


class Ignore(NamedTuple):
    """A comment, from its `#` to the end of what it says; `codes` are none where it means all of them.

    `used` collects the codes that it has silenced.
    """

    span: Span
    codes: tuple[str, ...]
    line: str
    is_faulty: bool
    used: set[str]

    @property
    def stands_alone(self) -> bool:
        """Whether there is nothing else on its line."""
        return not self.line[: self.span.column - 1].strip()

    def is_for(self, code: str) -> bool:
        """Whether it silences findings with this code."""
        return code not in ALWAYS_SAID and (not self.codes or code in self.codes)


class Ignores:
    """The comments of a file, and findings about those that cannot be read."""

    __slots__ = ("comments", "faults", "file", "is_text", "lines")

    def __init__(self, file: str, lines: list[str], is_text: Callable[[int, int], bool]) -> None:
        self.file = file
        self.comments: list[Ignore] = []
        self.faults: list[Diagnostic] = []
        self.lines = lines
        self.is_text = is_text


def read_ignores(document: Document) -> Ignores | None:
    """The comments of a document that silence findings; None where it has none."""
    if (
        document.places
        or COMMENT_SIGN not in document.text
        or any(found.code == "SC101" for found in document.diagnostics)
    ):
        return None
    directives = [
        (number, match)
        for number, line in enumerate(document.lines, 1)
        if COMMENT_SIGN in line
        for match in _DIRECTIVE.finditer(line)
    ]
    if not directives:
        return None
    ignores = Ignores(document.file, document.lines, _find_texts(document.text))
    for number, match in directives:
        if not ignores.is_text(number, match.start()):
            _Directive(document, number, match, ignores).read()
    return ignores


def silence(findings: Iterable[Diagnostic], comments: Iterable[Ignore]) -> list[Diagnostic]:
    """The findings that no comment silences; each comment remembers the codes of those that it did."""
    by_line: dict[tuple[str, int], list[Ignore]] = {}
    for comment in comments:
        by_line.setdefault((comment.span.file, comment.span.line), []).append(comment)
    kept = []
    for finding in findings:
        beside = by_line.get((finding.span.file, finding.span.line), ()) if finding.span is not None else ()
        silencer = next((comment for comment in beside if comment.is_for(finding.code)), None)
        if silencer is None:
            kept.append(finding)
        else:
            silencer.used.add(finding.code)
    return kept


def list_idle(ignores: Ignores, findings: Iterable[Diagnostic], was_sought: Callable[[str], bool]) -> list[Diagnostic]:
    """A warning for each comment that silenced nothing, or that names a code which it did not silence.

    `findings` are those that are left: a comment may be meant for one of them. A code that was not sought is passed
    over, and so is a comment of all codes where `ALL` were not.
    """
    lines = _list_lines(findings, ignores.file)
    idle = []
    for comment in ignores.comments:
        codes = find_idle_codes(comment, was_sought)
        if codes is None:
            continue
        meant = None if comment.used else _find_meant(comment, lines)
        idle.append(warn_of_idle(comment, codes) if meant is None else _warn_of_place(comment, *meant, ignores))
    return idle


def find_idle_codes(comment: Ignore, was_sought: Callable[[str], bool]) -> list[str] | None:
    """The codes that a comment did not silence, none of them where it means all; None where it has done its work."""
    if comment.is_faulty:
        return None
    if not comment.codes:
        return None if comment.used or not was_sought(ALL) else []
    return [code for code in comment.codes if code not in comment.used and was_sought(code)] or None


def _find_texts(text: str) -> Callable[[int, int], bool]:
    """A test of whether a place, its line counted from 1 and its column from 0, is in a quoted or a block text.

    Anywhere else a `#` after a space begins a comment.
    """
    texts = list(_list_texts(text)) if any(sign in text for sign in "\"'|>") else []
    starts = [start for start, _ in texts]

    def is_text(line: int, column: int) -> bool:
        at = bisect_right(starts, (line, column)) - 1
        return at >= 0 and (line, column) < texts[at][1]

    return is_text


def _list_texts(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where quoted and block texts begin and end. What stands behind `|` on its line is no part of a text."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while (token := loader.get_token()) is not None:
            if isinstance(token, yaml.ScalarToken) and token.style:
                start, end = token.start_mark, token.end_mark
                is_block = token.style in "|>"
                yield (start.line + 2, 0) if is_block else (start.line + 1, start.column), (end.line + 1, end.column)
    except (yaml.YAMLError, ValueError):  # what follows was not read as a spec either
        return


class _Directive:
    """A comment as it is written, on its way to what it means."""

    def __init__(self, document: Document, number: int, match: re.Match[str], ignores: Ignores) -> None:
        self.file = document.file
        self.number = number
        self.match = match
        self.line = document.lines[number - 1]
        self.ignores = ignores
        self.is_faulty = False

    def read(self) -> None:
        """Adds the comment to the others, or what is wrong with it."""
        word, rest = self.match[1], self.match[2]
        if word != "ignore":
            self.judge_word(word)
        elif brackets := _BRACKETS.match(rest):
            codes = self.read_codes(brackets)
            if codes:
                self.add(codes)
        elif wrong := _BARE_CODES.match(rest):
            listed = ", ".join(f"SC{number}" for number in _NUMBER.findall(wrong[1]))
            new = f"ignore[{listed}]"
            end = self.match.start(2) + wrong.end()
            is_open = "[" in wrong[0]
            message = (
                "the bracket after `ignore` is not closed" if is_open else "the codes of `ignore` stand in brackets"
            )
            self.fault(self.match.start(1), end, message, f"write `{new}`", new)
        elif rest.lstrip().startswith("["):
            start, end = self.match.start(1), self.match.end()
            self.fault(start, end, "the bracket after `ignore` is not closed", "write `ignore[SC505]`")
        else:
            self.add(())

    def judge_word(self, word: str) -> None:
        """Reports a word of another tool that was meant to silence something."""
        from shapecalc.diagnostics import did_you_mean

        first, _, last = word.partition("-")
        if did_you_mean(first, ("ignore",), _FRIENDS) is None:
            return
        way_out = _OTHER_REACHES.get(last.rpartition("-")[2])
        start, end = self.match.span(1)
        message = f"`{word}` silences nothing"
        if way_out is not None:
            self.fault(start, end, message, way_out)
        else:
            self.fault(start, end, message, "write `ignore`, or `ignore[SC505]` for one code", "ignore", safe=False)

    def read_codes(self, brackets: re.Match[str]) -> tuple[str, ...]:
        """The codes in the brackets."""
        from shapecalc.diagnostics.codes import CODES

        start = self.match.start(2)
        items = list(re.finditer(r"[^,\s](?:[^,]*[^,\s])?", brackets[1]))
        if not items:
            help = "write `ignore` for all codes, or `ignore[SC505]`"
            self.fault(start, start + brackets.end(), "no code stands in the brackets", help, "", safe=False)
        codes = []
        for item in items:
            if item[0] in CODES and item[0] not in ALWAYS_SAID and item[0] != CODE:
                codes.append(item[0])
            else:
                self.judge_code(item[0], start + brackets.start(1) + item.start())
        return tuple(dict.fromkeys(codes))

    def judge_code(self, name: str, start: int) -> None:
        """Reports what is no code, or one that no comment silences."""
        from shapecalc.diagnostics import did_you_mean, shorten
        from shapecalc.diagnostics.codes import CODES

        end = start + len(name)
        if name in CODES:
            self.fault(start, end, f"`{name}` cannot be silenced by a comment", "delete it")
            return
        guess = did_you_mean(name, CODES)
        help = f"did you mean `{guess}`?" if guess else "a code is written as `SC505`"
        self.fault(start, end, f"there is no code `{shorten(name)}`", help, guess)

    def add(self, codes: tuple[str, ...]) -> None:
        start = self.match.start()
        end = start + len(self.match[0].rstrip())
        span = Span(self.file, self.number, start + 1, end + 1)
        self.ignores.comments.append(Ignore(span, codes, self.line, self.is_faulty, set()))

    def fault(
        self, start: int, end: int, message: str, help: str, new: str | None = None, *, safe: bool = True
    ) -> None:
        """Reports a stretch of the comment, with what to put in its place."""
        self.is_faulty = True
        span = Span(self.file, self.number, start + 1, end + 1)
        edits = () if new is None else (Edit(self.file, self.number, start + 1, self.number, end + 1, new),)
        fix = Fix(help, edits, safe) if edits else help
        self.ignores.faults.append(warning(CODE, message, span, help=fix))


def warn_of_idle(comment: Ignore, codes: list[str]) -> Diagnostic:
    """The warning of a comment that silences nothing, or of the codes in it that do not."""
    names = " and ".join(f"`{code}`" for code in codes)
    if codes and len(codes) < len(comment.codes):
        message = f"{names} {'silences' if len(codes) == 1 else 'silence'} nothing on this line"
        return warning(CODE, message, comment.span, help=Fix(f"delete {names}", _drop_codes(comment, codes), True))
    what = f"no {' or '.join(codes)}" if codes else "nothing"
    message = f"silences nothing: {what} is found on this line"
    return warning(CODE, message, comment.span, help=Fix("delete it", (_delete(comment),), True))


def _warn_of_place(comment: Ignore, code: str, line: int, ignores: Ignores) -> Diagnostic:
    """The warning of a comment that stands on another line than what it is meant for."""
    message = f"silences nothing here: {code} is found on line {line}"
    help = f"move it to the end of line {line}"
    text = ignores.lines[line - 1]
    end = len(text.rstrip()) + 1
    if ignores.is_text(line, len(text)):
        return warning(CODE, message, comment.span, help=help)
    written = comment.line[comment.span.column - 1 : comment.span.end - 1]
    moved = Edit(comment.span.file, line, end, line, end, f"  {written}")
    return warning(CODE, message, comment.span, help=Fix(help, (_delete(comment), moved)))


def _list_lines(findings: Iterable[Diagnostic], file: str) -> dict[str, list[int]]:
    """The lines of a file that findings begin on, in order, by code."""
    lines: dict[str, set[int]] = {}
    for finding in findings:
        if finding.span is not None and finding.span.file == file and finding.span.line:
            lines.setdefault(finding.code, set()).add(finding.span.line)
    return {code: sorted(numbers) for code, numbers in lines.items() if code not in ALWAYS_SAID}


def _find_meant(comment: Ignore, lines: dict[str, list[int]]) -> tuple[str, int] | None:
    """Code and line of the finding that a comment is probably meant for: on the next line, or else the nearest.

    One for all codes is meant for the next line where it stands alone, and for no other.
    """
    at = comment.span.line
    near = [(line, code) for code in comment.codes or lines for line in _list_neighbours(lines.get(code, []), at)]
    below = [(code, line) for line, code in near if line == at + 1 and comment.stands_alone]
    if below or not comment.codes:
        return below[0] if below else None
    _, line, code = min(((abs(line - at), line, code) for line, code in near), default=(0, 0, ""))
    return (code, line) if code else None


def _list_neighbours(numbers: list[int], number: int) -> list[int]:
    """The last of sorted numbers up to one, and the first beyond it."""
    at = bisect_right(numbers, number)
    return numbers[max(at - 1, 0) : at + 1]


def _delete(comment: Ignore) -> Edit:
    """An edit that takes a comment away: with the spaces around it, or with its line where nothing else is on it."""
    file, line, column, end, _ = comment.span
    before, after = comment.line[: column - 1].rstrip(), comment.line[end - 1 :]
    if after.strip():  # another comment comes in its place
        return Edit(file, line, column, line, end + len(after) - len(after.lstrip()), "")
    if not before:
        return Edit(file, line, 1, line + 1, 1, "")
    return Edit(file, line, len(before) + 1, line, len(comment.line) + 1, "")


def _drop_codes(comment: Ignore, codes: list[str]) -> tuple[Edit, ...]:
    """An edit that leaves in the brackets the codes that silence something."""
    text = comment.line[comment.span.column - 1 : comment.span.end - 1]
    start, end = text.index("[") + 1, text.index("]")
    kept = ", ".join(code for code in comment.codes if code not in codes)
    column = comment.span.column
    return (Edit(comment.span.file, comment.span.line, column + start, comment.span.line, column + end, kept),)
