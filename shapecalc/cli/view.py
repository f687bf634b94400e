"""`shapecalc view`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.cli.session import Session


@usage.command("view")
@click.argument("specs", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="SPEC...")
@click.option(
    "--out",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="Write the page to this file, `-` for standard output, instead of one in a temporary folder.",
)
@click.option("--open/--no-open", "opens", default=True, help="Show the page in the browser.")
@options.exact
@options.values
def command(
    specs: tuple[str, ...],
    out: str | None,
    opens: bool,
    exact: bool,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Write a page to explore a model in: graph, table, derivations, and sizes that every number follows.

    The page is one file that needs no network. Sizes of the spec that are written as numbers, such as the units of a
    layer, can be changed on it: shapes, parameters, MACs and bytes follow at once, out of the exact formulas. The
    address keeps what is selected and set, as in `page.html#lstm?units=10`. Several models share a page.

    \b
    Examples:
      shapecalc view model.yaml
      shapecalc view model.yaml --out model.html --no-open
      cat model.yaml | shapecalc view - --out - > model.html
    """
    from shapecalc.cli.session import Session

    session = Session(options.read_settings(assignments, batch), wants_exact=exact)
    models = [model for path in specs if (model := _read_model(session, path)) is not None]
    if models:
        from shapecalc.page.write import write_page

        with session.guard(out or ""):
            _save(write_page(models), models[0]["name"], out, opens)
    session.show(session.diagnostics)
    return session.code


def _read_model(session: Session, path: str) -> dict[str, Any] | None:
    """What a page shows of a model; None where it has errors, which are then among the findings."""
    before = len(session.diagnostics)
    report = session.report(path)
    if report is None or not report.ok:
        return None
    with session.guard(path):
        from shapecalc.analysis.analyse import Settings
        from shapecalc.analysis.findings import list_more_findings
        from shapecalc.page.data import write_page_data
        from shapecalc.page.live import make_live

        findings = [*session.diagnostics[before:], *list_more_findings(report)]
        lines = session.lines(report.file)
        said = len(session.diagnostics)
        live = make_live(session.spec(path), session.settings or Settings())
        del session.diagnostics[said:]  # reading the file once more says its notes once more
        return write_page_data(live, report, findings, lines)
    return None


def _save(text: str, name: str, out: str | None, opens: bool) -> None:
    """Writes the page, says where it is, and shows it. Raises Fault with SC607."""
    if out == "-":
        sys.stdout.write(text)
        return
    import os
    import re
    from tempfile import mkdtemp

    from shapecalc.formats.files import open_whole

    stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:60].strip(".") or "model"
    path = out or os.path.join(mkdtemp(prefix="shapecalc-"), f"{stem}.html")
    with open_whole(path) as file:
        file.write(text.encode())
    sys.stderr.write(f"{path}\n")
    if opens:
        import webbrowser
        from pathlib import Path

        webbrowser.open(Path(path).absolute().as_uri())
