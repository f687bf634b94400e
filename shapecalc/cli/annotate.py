"""`shapecalc annotate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Edit
    from shapecalc.document.nodes import Document


@usage.command("annotate")
@click.argument("specs", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="SPEC...")
@click.option("--write", is_flag=True, help="Save the specs, instead of printing one.")
@click.option("--remove", is_flag=True, help="Take the annotations away.")
@options.values
def command(specs: tuple[str, ...], write: bool, remove: bool, assignments: tuple[str, ...], batch: int | None) -> int:
    """Print a spec with the shape and the parameters of each layer as a comment on its line.

    Annotations that are there are refreshed; every other comment stays as it is. A spec with errors is left alone.

    \b
    Examples:
      shapecalc annotate model.yaml
      shapecalc annotate models/*.yaml --write
      shapecalc annotate model.yaml --remove
    """
    from shapecalc.cli.session import Session

    if write and "-" in specs:
        raise click.UsageError("--write saves files, and `-` is standard input: leave `--write` out")
    if len(specs) > 1 and not write:
        raise click.UsageError("several specs are saved, not printed: add `--write`")
    session = Session(options.read_settings(assignments, batch))
    for path in specs:
        before = len(session.diagnostics)
        with session.guard(path):
            _annotate(session, path, write, remove)
        session.show(session.diagnostics[before:])
    return session.code


def _annotate(session: Session, path: str, write: bool, remove: bool) -> None:
    """Prints or saves one spec with its annotations. Raises Fault."""
    from shapecalc.cli.rewriting import rewrite
    from shapecalc.diagnostics import clean

    change = _list_removals(session, path) if remove else _list_annotations(session, path)
    if change is None:
        return
    document, edits = change
    text = _apply(document, edits)
    if not write:
        sys.stdout.write(text)
        return
    if text != document.text:
        rewrite(path, document.text, text)
    lines = f"{len(edits)} line{'' if len(edits) == 1 else 's'}"
    sys.stdout.write(f"{clean(path)}: {f'{lines} changed' if edits else 'nothing to change'}\n")


def _list_annotations(session: Session, path: str) -> tuple[Document, list[Edit]] | None:
    from shapecalc.analysis.annotations import list_annotation_edits

    report = session.report(path)
    if report is None:
        return None
    _require_text(report.spec.document)
    return (report.spec.document, list_annotation_edits(report)) if report.ok else None


def _list_removals(session: Session, path: str) -> tuple[Document, list[Edit]]:
    from shapecalc.analysis.annotations import list_removal_edits

    document = session.spec(path).document
    _require_text(document)
    more = [finding for finding in document.diagnostics if finding.code == "SC105"]
    if more:  # what follows the first document is not read: it may be anything
        from shapecalc.diagnostics import Fault

        raise Fault(*more)
    return document, list_removal_edits(document)


def _require_text(document: Document) -> None:
    """Raises Fault for a model in another notation, which has no lines to write on, and for JSON."""
    if document.places or document.file.lower().endswith(".json"):
        from shapecalc.diagnostics import Fault, Span, error, shorten

        message = "is no spec, and annotations are comments in a spec"
        if not document.places:
            message = "is JSON, which has no comments"
        help = f"`shapecalc convert {shorten(document.file)} --to yaml` writes one"
        raise Fault(error("SC609", message, Span(document.file, 0, 0, 0), help=help))


def _apply(document: Document, edits: list[Edit]) -> str:
    """The text with edits of its comments made. Raises Fault where it would not read as the same."""
    from shapecalc.diagnostics import Fault, Span, apply_edits, error
    from shapecalc.document.nodes import is_same
    from shapecalc.document.read import read

    text = apply_edits(document.text, edits)
    before, after = (read(version, document.file).root for version in (document.text, text))
    if before is None or after is None or not is_same(before, after):
        message = "is left as it is: with these comments changed it would read as another model"
        help = "change the comments within texts by hand"
        raise Fault(error("SC607", message, Span(document.file, 0, 0, 0), help=help))
    return text
