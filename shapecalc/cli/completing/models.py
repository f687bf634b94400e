"""The model that a command line names, read for what is typed behind it; nothing is said of what is wrong with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shapecalc.cli.session import Session
from shapecalc.document.shipped import find_model

if TYPE_CHECKING:
    import click

    from shapecalc.analysis.report import Report
    from shapecalc.model.spec import ModelSpec

_PARAMETERS = ("spec", "file", "subject", "old", "specs", "paths")
"""What commands call the files that they read."""


def find_files(context: click.Context) -> list[str]:
    """The files that the words before the cursor name."""
    values = (context.params.get(name) for name in _PARAMETERS)
    paths = [path for value in values for path in (value if isinstance(value, (list, tuple)) else [value])]
    return [os.path.expanduser(path) for path in paths if isinstance(path, str) and path != "-"]


def read_specs(context: click.Context) -> list[ModelSpec]:
    """The specs of these files; those that cannot be read are left out."""
    session = Session()
    specs: list[ModelSpec] = []
    for path in find_files(context):
        if os.path.isfile(path) or find_model(path) is not None:
            with session.guard(path):
                specs.append(session.spec(path))
    return specs


def read_report(context: click.Context) -> Report | None:
    """The first of these files as a model with its layers; arguments that need a value are symbols."""
    from shapecalc.analysis.analyse import Settings, analyse
    from shapecalc.cli.options import read_settings
    from shapecalc.dims import symbol
    from shapecalc.model.values import is_required

    session = Session()
    report = None
    for spec in read_specs(context)[:1]:
        with session.guard(spec.document.file):
            settings = Settings({name: symbol(name) for name, node in spec.args.items() if is_required(node)})
            with session.guard(spec.document.file):
                settings.values |= read_settings(context.params.get("assignments") or (), None).values
            report = analyse(spec, settings)
    return report
