"""The summary as Keras 3 prints it: a rich table of layers, then the totals.

rich takes a fifth of the time of a summary to import: only what it is needed for imports it, a terminal above all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, NamedTuple

from shapecalc.analysis.outline import is_straight, list_lines
from shapecalc.diagnostics import clean
from shapecalc.render import columns as shown
from shapecalc.render.boxes import draw_table
from shapecalc.render.layout import NARROWEST, Heading, fit_tables
from shapecalc.render.plain import write_in_ascii
from shapecalc.render.sorting import sort_lines
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from rich.text import Text

    from shapecalc.analysis.outline import Line
    from shapecalc.analysis.report import Report
    from shapecalc.render.values import Point

MAX_RICH_ROWS = 1_000  # rich lays out two thousand rows a second; longer tables are set by format string, uncoloured

_CHAIN_WIDTHS = (31, 22, 13)  # Keras's columns on a terminal of 80
_GRAPH_WIDTHS = (19, 17, 10, 17)
_SHAPE = re.compile(r"\([^()\n]*\)")
_TINTS = {"+": "green", "-": "red", "~": "yellow"}
_SINGLE = frozenset("└→×·—…" + "".join(map(chr, range(32, 127))))
"""Signs of our own that take one place, besides letters."""


class Terminal(NamedTuple):
    """What a table may use: the terminal's width (None: as wide as needed), a colour system of rich, or ASCII only."""

    width: int | None = None
    colours: str | None = None
    ascii: bool = False


def terminal_of(stream: IO[str], *, forced: bool = False) -> Terminal:
    """What a stream can show: plain text unless it is a terminal, or colour is `forced`; rich finds out the rest."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    plain = not encoding.startswith("utf")
    if not stream.isatty() and not forced:
        return Terminal(None, None, plain)
    from rich.console import Console

    console = Console(file=stream)
    colours = None if console.no_color else console.color_system
    return Terminal(console.width if stream.isatty() else None, colours, plain)


def summary_table(report: Report, options: SummaryOptions | None = None, terminal: Terminal | None = None) -> str:
    """Title, table and totals of one model, as much of it as the options ask for."""
    options, terminal = options or SummaryOptions(), terminal or Terminal()
    lines = sort_lines(list_lines(report, options.depth, options.unfold), options)
    chain = is_straight(lines)
    headings = [
        Heading(header, index == 2, width, "cyan" if index == 0 else "green")
        for index, (header, width) in enumerate(
            zip(_list_headers(chain), _CHAIN_WIDTHS if chain else _GRAPH_WIDTHS, strict=True)
        )
    ]
    added = shown.list_columns(report, options)
    headings += [Heading(column.header, column.right, 0, "green") for column in added]
    totals = shown.Totals(report)
    return "\n".join(
        [
            paint(f'Model: "{shown.model_name(report)}"', "bold", terminal),
            table_text(headings, _list_cells(lines, added, options, chain, terminal), terminal, 1 if added else 0),
            *(_write_total(*line, terminal) for line in shown.total_lines(totals)),
            *write_footnotes(shown.write_footer(report, options, totals, lines), terminal),
            "",
        ]
    )


def values_table(points: Sequence[Point], options: SummaryOptions, terminal: Terminal) -> str:
    """Title, a line for each choice of values, and the conventions."""
    from shapecalc.render import values

    names = values.write_header(points, options)
    headings = [Heading(clean(name), True, 0, "green") for name in names[:-1]] + [Heading(names[-1], style="green")]
    return "\n".join(
        [
            paint(f'Model: "{shown.model_name(points[0].report)}"', "bold", terminal),
            table_text(
                headings, [values.make_cells(point, options) for point in points], terminal, len(points[0].chosen)
            ),
            *write_footnotes([f" {line}" for line in values.write_footer(options)], terminal),
            "",
        ]
    )


def write_footnotes(lines: Iterable[str], terminal: Terminal) -> list[str]:
    """Lines below a table, on a terminal folded at its width."""
    if terminal.width is None:
        return list(lines)
    from textwrap import fill

    width = max(terminal.width, NARROWEST)
    return [
        line
        if len(line) <= width and "\n" not in line
        else fill(" ".join(line.split()), width, initial_indent=" ", subsequent_indent=" ")
        for line in lines
    ]


def _list_headers(chain: bool) -> tuple[str, ...]:
    names = ("Layer (type)", "Output Shape", "Param #")
    return names if chain else (*names, "Connected to")


def _list_cells(
    lines: list[Line], added: list[shown.Column], options: SummaryOptions, chain: bool, terminal: Terminal
) -> list[tuple[str, ...]]:
    branch = "+ " if terminal.ascii else "└ "
    rows = []
    for line in lines:
        name = shown.line_text(line)
        cells: tuple[str, ...] = (
            "   " * line.level + branch + name if line.level else name,
            shown.shapes_text(line),
            shown.params_text(line),
        )
        if not chain:
            cells = (*cells, clean(line.sources) or "-")
        rows.append((*cells, *[column.cell(line, options) for column in added]) if added else cells)
    return rows


def _write_total(label: str, count: str, memory: str, terminal: Terminal) -> str:
    return f"{paint(f' {label}: ', 'bold', terminal)}{paint(count, 'green', terminal)} ({memory})"


def paint(text: str, style: str, terminal: Terminal) -> str:
    """The text in a style of rich, or as it is where the terminal has no colours."""
    if terminal.colours is None:
        return text
    from rich.console import Console
    from rich.text import Text

    console = Console(color_system=terminal.colours, force_terminal=True)  # type: ignore[arg-type]
    with console.capture() as capture:
        console.print(Text(text, style), end="", soft_wrap=True)
    return capture.get()


def paint_groups(text: str, patterns: Iterable[str], terminal: Terminal) -> str:
    """The text with each named group of some patterns in the style of its name, where the terminal has colours."""
    if terminal.colours is None:
        return text
    from rich.console import Console
    from rich.text import Text

    shown = Text(text)
    for pattern in patterns:
        shown.highlight_regex(pattern)
    console = Console(color_system=terminal.colours, force_terminal=True)  # type: ignore[arg-type]
    with console.capture() as capture:
        console.print(shown, end="", soft_wrap=True)
    return capture.get()


def table_text(headings: Sequence[Heading], rows: Sequence[tuple[str, ...]], terminal: Terminal, keep: int = 0) -> str:
    """A table with a line between rows. What fits without colour is set without rich.

    What is too wide is folded as Keras does it, within names too, as long as no shape is taken apart. Else, and where
    `keep` is given, words stay whole, and the columns that find no room stand in tables below, with the first `keep`
    columns before them.
    """
    if terminal.ascii:
        headings = [heading._replace(text=write_in_ascii(heading.text)) for heading in headings]
        rows = [tuple(map(write_in_ascii, cells)) for cells in rows]
    widths = _measure_widths(headings, rows)
    fits = terminal.width is None or sum(widths) + 3 * len(widths) + 1 <= terminal.width
    if fits and widths and (terminal.colours is None or len(rows) > MAX_RICH_ROWS) and _has_single_cells(rows):
        return draw_table(headings, rows, widths, is_ascii=terminal.ascii)
    if fits or terminal.width is None or terminal.width < NARROWEST:
        return rich_table(headings, rows, terminal)
    if not keep:
        text = rich_table(headings, rows, terminal)
        if _keeps_shapes(text, rows, terminal):
            return text
        headings, keep = [heading._replace(width=0) for heading in headings], 1
    parts = fit_tables(headings, rows, terminal.width, keep, _count_places)
    return "\n".join(rich_table(part, lines, terminal, exact=True) for part, lines in parts)


def _keeps_shapes(text: str, rows: Sequence[tuple[str, ...]], terminal: Terminal) -> bool:
    """Whether every shape of a table stands on one line of its text."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", text) if terminal.colours is not None else text
    return all(shape in plain for cells in rows for cell in cells[1:2] for shape in _SHAPE.findall(cell))


def table_of_changes(
    headers: Sequence[str], right: Sequence[bool], rows: Iterable[tuple[str, ...]], terminal: Terminal
) -> str:
    """A table of what differs: a sign, what it is said of, and the rest. Colour says again what the signs say."""
    styles = ("sign", "sign", *("difference" if on_right else "plain" for on_right in right[2:]))
    headings = [
        Heading(header, on_right, 0, style) for header, on_right, style in zip(headers, right, styles, strict=True)
    ]
    return table_text(headings, [tuple(map(_clean_lines, row)) for row in rows], terminal, 2)


def measure_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """The width of a table of which nothing is folded."""
    columns = zip(headers, *rows, strict=True)
    widths = [max(_count_places(line) for cell in cells for line in cell.split("\n")) for cells in columns]
    return sum(widths) + 3 * len(widths) + 1


def _clean_lines(text: str) -> str:
    """A text without control characters, its line breaks kept."""
    return "\n".join(map(clean, text.split("\n")))


def _measure_widths(headings: Sequence[Heading], rows: Sequence[tuple[str, ...]]) -> list[int]:
    least = [max(heading.width, len(heading.text)) for heading in headings]
    if not rows:
        return least
    return [max(low, max(map(len, column))) for low, column in zip(least, zip(*rows, strict=True), strict=True)]


def _count_places(text: str) -> int:
    """How many places of a terminal a text takes."""
    if text.isascii() or not set(text) - _SINGLE:
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _has_single_cells(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether every character takes one place on one line, so that padding is a matter of length."""
    return all("\n" not in text and _count_places(text) == len(text) for cells in rows for text in cells)


def rich_table(
    headings: Sequence[Heading], rows: Sequence[tuple[str, ...]], terminal: Terminal, *, exact: bool = False
) -> str:
    """The table by rich alone: folds what is too wide, colours what may be coloured; `exact`: of the given widths."""
    from io import StringIO

    from rich.box import ASCII2, HEAVY_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=ASCII2 if terminal.ascii else HEAVY_HEAD, show_lines=True, safe_box=False)
    needed = sum(max(heading.width, 1) + 3 for heading in headings) + 1
    roomy = terminal.width is None or needed <= terminal.width
    for heading in headings:
        table.add_column(
            Text(heading.text),
            justify="right" if heading.right else "left",
            width=heading.width if exact else None,
            min_width=heading.width if roomy and heading.width else None,
            overflow="fold",
        )
    for cells in rows:
        sign = cells[0] if headings and headings[0].style == "sign" else ""
        styled = [_style_cell(text, heading, terminal, sign) for text, heading in zip(cells, headings, strict=True)]
        table.add_row(*styled)
    width = terminal.width or sum(_measure_widths(headings, rows)) * 2 + 3 * len(headings) + 1
    console = Console(
        file=StringIO(),
        width=width,
        color_system=terminal.colours,  # type: ignore[arg-type]  # a name rich gave
        force_terminal=terminal.colours is not None,
        legacy_windows=False,
        highlight=False,
    )
    with console.capture() as capture:
        console.print(table)
    return capture.get().removesuffix("\n")


def _style_cell(text: str, heading: Heading, terminal: Terminal, sign: str = "") -> Text:
    """A cell in colour; `sign` is that of its row in a table of differences."""
    from rich.text import Text

    cell = Text(text)
    if terminal.colours is None or heading.style == "plain":
        return cell
    if heading.style == "sign":
        cell.stylize(_TINTS.get(sign, ""), 0, len(text.split("\n", 1)[0]))
    elif heading.style == "difference":
        cell.stylize(_TINTS.get(text[:1], ""))
    elif heading.style == "cyan":
        cell.highlight_regex(r"(?<=\()[^()]*(?=\)$)", "cyan")
    else:
        cell.highlight_regex(r"\b\d+(?:,\d{3})*(?:\.\d+)?\b", heading.style)
        cell.highlight_regex(r"\bNone\b", "magenta")
    return cell
