"""Typing a help: the change of a spec that it asks for.

What a finding carries as edits is made. Of the others, a help is typed in one of these ways:

- did you mean `X`? — X in place of what is underlined;
- set `KEY: VALUE` on `LAYER` — KEY: VALUE among the arguments of LAYER, which a label underlines;
- quote it: `KEY: "VALUE"` — "VALUE" in place of what is underlined;
- write `TYPE: {ARGUMENT: ...}` or `[SIZE, ...]` — in place of what is underlined, 1 for each `...`;
- such as `NAME`, quotes make text: `"VALUE"` — in place of what is underlined;
- use `KEY: VALUE` — behind the underlined argument;
- write `input: SHAPE`: ... — a line of its own above all others;
- write `[SIZE, ...]` later in a help, write `batch_size: N` at the top, declare `NAME` as `SHAPE`, make `KEY` N or
  more,
  write `TYPE` in place of `NAME`, feed `initial_state: ...`, by `ENTRY` in front — there;
- add `SIGN` — at the end of the line;
- add `from: NAME` — a line below the underlined type, with the first name that the message offers.
"""

from __future__ import annotations

import re

from shapecalc.diagnostics import Diagnostic, Edit, apply_edits


def typed(text: str, finding: Diagnostic) -> str | None:
    """The text with a finding's help typed; None where the help is no text to write."""
    edits = finding.edits or _edits(text.split("\n"), finding)
    return apply_edits(text, edits) if edits else None


def _edits(lines: list[str], finding: Diagnostic) -> tuple[Edit, ...]:
    help, span = finding.help or "", finding.span
    if span is None or not span.line:
        return ()
    line = lines[span.line - 1]

    def here(new: str) -> tuple[Edit, ...]:
        return (Edit(span.file, span.line, span.column, span.line, span.end, new),)

    def behind(number: int, new: str) -> tuple[Edit, ...]:
        end = len(lines[number - 1]) + 1
        return (Edit(span.file, number, end, number, end, new),)

    if found := re.match(r"did you mean `(.+)`\?", help):
        return here(found[1])
    if "feed `" not in help and (found := re.match(r"set `(\w+: \w+)` on `(\w+)`", help)):
        return _argument(lines, finding, found[1], found[2])
    if found := re.search(r"(?:such as|quotes make text:) `([^`]+)`\Z", help):
        return here(found[1])
    if found := re.match(r"use `(\w+: \w+)`, ", help):
        return (Edit(span.file, span.line, span.end, span.line, span.end, f", {found[1]}"),)
    if found := re.match(r"write `(\[.*?\])`", help):
        return here(found[1])
    if found := re.match(r'quote it: `\w+: (".*")`', help):
        return here(found[1])
    if found := re.match(r"write `(batch_size: \w+)` at the top", help):
        return (Edit(span.file, 1, 1, 1, 1, f"{found[1]}\n"),)
    if found := re.search(r"[Ww]rite `(\[[^`]*\])`", help):
        return _in_line(lines, span.file, r"^input: (.*)", found[1])
    if found := re.search(r"write `dtype: (\w+)`", help):
        return here(found[1])
    if found := re.match(r"write `(\w+)` in place of `(\w+)`", help):
        return _in_line(lines, span.file, rf"- ({found[2]})\b", found[1])
    if found := re.search(r"feed `initial_state: (.*?)`", help):
        edits = _in_line(lines, span.file, r"initial_state: ([\w.]+|\[[^\]]*\])", found[1])
        flag = re.search(r"set `(\w+: \w+)` on `(\w+)`", help)
        return (*edits, *_argument(lines, finding, flag[1], flag[2])) if flag else edits
    if (found := re.match(r"make `(\w+)` (\d+) or more", help)) and (old := re.search(rf"{found[1]}: (\d+)", line)):
        return (Edit(span.file, span.line, old.start(1) + 1, span.line, old.end(1) + 1, found[2]),)
    if found := re.match(r"declare `(\w+)` as `(.*?)`", help):
        return _in_line(lines, span.file, rf"\b{found[1]}: (\[[^\]]*\])", found[2])
    if found := re.search(r"by `([^`]+)` in front", help):
        indent = line[: len(line) - len(line.lstrip())]
        return (Edit(span.file, span.line, 1, span.line, 1, f"{indent}- {found[1]}\n"),)
    if found := re.search(r"write `([\w.]+: \{.*?\})`", help):
        return here(found[1].replace("...", "1"))
    if found := re.match(r"write `(input: .*?)`:", help):
        return (Edit(span.file, 1, 1, 1, 1, f"{found[1]}\n"),)
    if found := re.match(r"add `(from: )NAME`", help):
        name = re.findall(r"`(\w+)`", finding.message)[0]
        indent = " " * (span.column - 1)
        return (
            *behind(span.line, "" if line.rstrip().endswith((":", "}")) else ":"),
            *behind(span.line, f"\n{indent}{found[1]}{name}"),
        )
    if found := re.match(r"add `?(.)`?\Z", help):
        return behind(span.line, found[1])
    return ()


def _in_line(lines: list[str], file: str, pattern: str, new: str) -> tuple[Edit, ...]:
    """New text in place of what the first line has that fits a pattern."""
    for number, line in enumerate(lines, 1):
        if found := re.search(pattern, line, re.IGNORECASE):
            return (Edit(file, number, found.start(1) + 1, number, found.end(1) + 1, new),)
    return ()


def _argument(lines: list[str], finding: Diagnostic, pair: str, layer: str) -> tuple[Edit, ...]:
    """An argument of a layer, which a label underlines, or which gives itself the name."""
    named = next((number for number, line in enumerate(lines, 1) if f"name: {layer}" in line), 0)
    assert finding.span is not None
    span = finding.labels[0].span if finding.labels else finding.span._replace(line=named, end=1)
    line = lines[span.line - 1]
    braces = line.find("}", span.end - 1)
    if braces >= 0:
        return (Edit(span.file, span.line, braces + 1, span.line, braces + 1, f", {pair}"),)
    rest = line[span.end - 1 :].strip()
    text = f" {{{pair}}}" if rest == ":" else f": {{{pair}}}"
    return (Edit(span.file, span.line, len(line) + 1, span.line, len(line) + 1, text),) if rest in ("", ":") else ()
