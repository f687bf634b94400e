"""`shapecalc lsp`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from shapecalc.cli import usage
from shapecalc.diagnostics import Diagnostic, Fault, error

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Document

_PACKAGES = ("pygls", "lsprotocol", "cattrs", "attrs")


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
        package = (missing.name or "").partition(".")[0]
        if package not in _PACKAGES:
            raise
        help = "install it with `pip install 'shapecalc-cli[lsp]'`"
        raise Fault(error("SC608", f"`lsp` needs the package `{package}`", help=help)) from None
    return serve(judge)


def judge(file: str, report: Report | None, documents: list[Document], findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings about a file that `check` would leave of them, by the settings nearest to it and its comments."""
    from shapecalc.cli.checking.comments import apply_comments
    from shapecalc.cli.checking.filters import apply_filters
    from shapecalc.cli.settings.file import find_settings
    from shapecalc.cli.settings.rules import read_rules
    from shapecalc.document.ignores import read_ignores

    try:
        rules = read_rules(find_settings(os.path.dirname(file)))
    except Fault as fault:
        return findings + list(fault.diagnostics)
    if report is not None and rules.annotations:
        from shapecalc.analysis.annotations import list_annotation_findings

        findings = findings + list_annotation_findings(report)
    if report is not None and rules.budgets:
        from shapecalc.cli.checking.budgeting import list_excesses

        findings = findings + list_excesses(report, rules)
    ignores = [comments for comments in map(read_ignores, documents) if comments is not None]
    complete = report is not None and report.ok
    findings, _ = apply_comments(findings, ignores, file, rules, complete=complete)
    return apply_filters(findings, rules, file)
