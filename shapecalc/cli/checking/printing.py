"""The options of `check` that say what is printed, and where."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from shapecalc.cli.checking.rules import Output
from shapecalc.cli.options import is_chosen, output_format

FORMATS = (
    "full", "concise", "json", "json-lines", "markdown", "csv", "github", "gitlab", "sarif", "junit",
)  # fmt: skip

_OPTIONS = (
    click.option("-v", "--verbose", is_flag=True, help="Print a line for every file."),
    click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line."),
    output_format(*FORMATS),
    click.option(
        "--output-file",
        type=click.Path(allow_dash=True),
        metavar="FILE",
        help="Write to this file, and a line for each finding to standard output.",
    ),
)


def options(command: Callable[..., int]) -> Callable[..., int]:
    """A decorator that adds `--output-format`, `--output-file`, `-q` and `-v`: the command is given `output`."""

    @wraps(command)
    def read(*, output_format: str, output_file: str | None, quiet: bool, verbose: bool, **others: Any) -> int:
        output = Output(output_format, is_chosen("output_format"), output_file, quiet, verbose)
        return command(output=output, **others)

    for option in reversed(_OPTIONS):
        option(read)
    return read
