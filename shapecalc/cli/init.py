"""`shapecalc init`."""

from __future__ import annotations

import os
import sys

import click

from shapecalc.cli import usage
from shapecalc.cli.starting.starters import STARTERS, write_starter


@usage.command("init")
@click.argument("name", default="model", metavar="[NAME]")
@click.option(
    "--like",
    "kind",
    type=click.Choice(tuple(STARTERS)),
    default="mlp",
    show_default=True,
    help="The kind of model to begin with.",
)
@click.option("--out", type=click.Path(allow_dash=True), metavar="FILE", help="Write there; `-` is standard output.")
def command(name: str, kind: str, out: str | None) -> int:
    """Write a starter spec, NAME.yaml: a short model that is sound, to be changed.

    A file that is there already is left alone.

    \b
    Examples:
      shapecalc init
      shapecalc init tagger --like lstm
      shapecalc init --like transformer --out -
    """
    from shapecalc.diagnostics import Fault, error, shorten

    stem = os.path.basename(name).removesuffix(".yaml").removesuffix(".yml")
    if not stem.replace("_", "").replace("-", "").isalnum():
        raise click.UsageError(f"NAME is of letters, digits, `_` and `-`, not `{shorten(name)}`")
    text = write_starter(kind, stem)
    if out == "-":
        sys.stdout.write(text)
        return 0
    path = out or f"{name.removesuffix('.yaml').removesuffix('.yml')}.yaml"
    if os.path.lexists(path):
        help = "give another NAME, or `--out -` for standard output"
        raise Fault(error("SC607", f"{shorten(path)} is there already", help=help))
    from shapecalc.formats.files import open_whole

    with open_whole(path) as file:
        file.write(text.encode())
    sys.stderr.write(f"wrote {path}: try `shapecalc summary {path}`\n")
    return 0
