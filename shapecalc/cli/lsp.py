"""`shapecalc lsp`."""

from __future__ import annotations

import click

from shapecalc.cli import usage
from shapecalc.diagnostics import Fault, error


@usage.command("lsp")
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, as it always does.")
def command(stdio: bool) -> int:
    """Serve editors: findings as you type, hover, shapes at the lines, completion, rename, fixes.

    An editor starts it, and speaks the Language Server Protocol with it. It needs pygls:
    pip install 'shapecalc-cli[lsp]'

    \b
    Examples:
      shapecalc lsp
    """
    try:
        from shapecalc.lsp.server import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        help = "install it with `pip install 'shapecalc-cli[lsp]'`"
        raise Fault(error("SC608", f"`lsp` needs the package `{missing.name}`", help=help)) from None
    return serve()
