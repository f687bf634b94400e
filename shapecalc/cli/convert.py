"""`shapecalc convert`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage
from shapecalc.diagnostics import shorten

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session
    from shapecalc.formats.flat_model import FlatModel
    from shapecalc.formats.folding.write import Written
    from shapecalc.formats.made_spec import SpecText
    from shapecalc.formats.pictures.drawing import Drawing

DRAWN = ("dot", "mermaid", "svg", "png")
TARGETS = (*DRAWN, "keras-json", "keras-python", "onnx", "yaml")
ENDINGS = {
    "dot": "dot", "gv": "dot", "mmd": "mermaid", "mermaid": "mermaid", "svg": "svg", "png": "png",
    "json": "keras-json", "py": "keras-python", "onnx": "onnx", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip
"""The notation of a file, by the ending of its name."""
_BELONGS = {
    "--unfold": (DRAWN, f"pictures: {', '.join(DRAWN)}"),
    "--names": (("yaml",), "`--to yaml`: other notations keep the names of layers"),
    "--weights-out": (("yaml",), "`--to yaml`: no other notation leaves numbers out"),
    "--weights": (("onnx",), "`--to onnx`: other notations hold no weights"),
    "--opset": (("onnx",), "`--to onnx`: other notations hold no weights"),
}
"""The notations that an option is for, and what is said where it stands beside another."""


@usage.command("convert")
@click.argument("file", type=click.Path(allow_dash=True), metavar="FILE")
@click.option(
    "--to", "target", type=click.Choice(TARGETS), help="The notation to write; the ending of --out says it as well."
)
@click.option("--out", type=click.Path(), metavar="FILE", help="Write to this file instead of standard output.")
@click.option(
    "--fold/--no-fold", default=True, help="With `yaml`: write blocks and repeats, or an entry for each call."
)
@click.option(
    "--names",
    type=click.Path(),
    metavar="FILE",
    help="With `yaml`: write the path of each layer, by its old name, to this file.",
)
@click.option(
    "--weights-out",
    type=click.Path(),
    metavar="FILE",
    help="With `yaml`: write the arrays in a Keras file that are too long for a spec, or the weights of an ONNX file, "
    "to this .npz file.",
)
@click.option(
    "--weights",
    type=click.Path(),
    metavar="FILE",
    help="With `onnx`: the weights, read as by `run`; else those of the model's own file, else initial values.",
)
@click.option(
    "--opset",
    type=click.IntRange(15, 23),
    metavar="N",
    help="With `onnx`: the version of its operators, 15 to 23; 20 by default.",
)
@options.depth
@options.seed
@click.option("--unfold", is_flag=True, help="With a picture: draw each of the equal rounds of a repeat.")
@options.values
def command(
    file: str,
    target: str | None,
    out: str | None,
    fold: bool,
    names: str | None,
    weights_out: str | None,
    weights: str | None,
    opset: int | None,
    depth: int,
    seed: int,
    unfold: bool,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Write a model in another notation; FILE is a spec, or a `.keras` or `.h5` file or `model.to_json()` of Keras.

    `dot` is Graphviz's language, `mermaid` a flowchart, `svg` and `png` are pictures, all with blocks opened to --depth
    and equal rounds of a repeat as one box. `png` needs librsvg or a browser.
    `keras-json` is what `keras.models.model_from_json` reads: blocks laid out flat, arguments put in. `keras-python` is
    code that builds the model: a function for each block, with its arguments. `yaml` is a spec:
    of a Keras model, or of a spec laid out flat. Defaults are left out, and what recurs becomes blocks and repeats;
    `--no-fold` writes an entry for each layer. `onnx` is a file with weights, which ONNX Runtime runs: it needs --out,
    and the package onnx (`pip install 'shapecalc-cli[onnx]'`). Functions of keras.ops in a model,
    such as the sum in `x + 1`, are `ops.NAME` in a spec. What the other notation cannot say is refused; layers that
    hold code are all named at once, with what each would need.

    \b
    Examples:
      shapecalc convert model.yaml --to mermaid --depth 2
      shapecalc convert model.yaml --out model.svg
      shapecalc convert model.yaml --to keras-json --out model.json
      shapecalc convert model.yaml --to keras-python --out model.py
      shapecalc convert model.keras --to yaml > model.yaml
      shapecalc convert model.yaml --weights trained.weights.h5 --out model.onnx
    """
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault

    target = target or _find_target(out)
    session = Session(options.read_settings(assignments, batch))
    try:
        given = {"--unfold": unfold or None, "--names": names, "--weights-out": weights_out}
        _refuse_options(target, given | {"--weights": weights, "--opset": opset})
        text: str | bytes | None = None
        if target == "onnx":
            _write_onnx(session, file, weights, out, opset, seed)
        elif target in DRAWN:
            if target == "png" and out is None:
                raise click.UsageError("`--to png` writes bytes, and needs --out FILE; `-` is standard output")
            text = _draw(session, file, target, depth, unfold)
        else:
            beside = f"{out.removesuffix('.yaml')}.npz" if out is not None and out.endswith(".yaml") else None
            text = _convert(session, file, target, fold, names, weights_out or beside)
        if text is not None:
            _write(text, out)
    except Fault as fault:
        session.diagnostics += fault.diagnostics
    session.show(session.diagnostics)
    return session.code


def _refuse_options(target: str, given: dict[str, object]) -> None:
    """Raises click.UsageError for an option that says nothing of this notation."""
    for name, (targets, words) in _BELONGS.items():
        if given[name] is not None and target not in targets:
            raise click.UsageError(f"{name} goes with {words}")


def _find_target(out: str | None) -> str:
    """The notation that a file's name ends in. Raises click.UsageError."""
    context = click.get_current_context()
    ending = os.path.splitext(out or "")[1][1:].lower()
    if ending in ENDINGS:
        return ENDINGS[ending]
    if not ending:
        option = next(param for param in context.command.params if param.name == "target")
        raise click.MissingParameter(ctx=context, param=option)
    message = f"--to is missing, and `.{shorten(ending)}` says no notation: it must be one of {', '.join(TARGETS)}"
    raise click.UsageError(message, context)


def _write(text: str | bytes, out: str | None) -> None:
    """Raises Fault with SC607."""
    if isinstance(text, str) and (out is None or out == "-"):
        sys.stdout.write(text)
        return
    assert out is not None
    from shapecalc.formats.files import open_whole

    with open_whole(out) as file:
        file.write(text.encode() if isinstance(text, str) else text)


def _draw(session: Session, file: str, target: str, depth: int, unfold: bool) -> str | bytes | None:
    """A picture of the model; None where it is not sound. Raises Fault."""
    report = session.report(file)
    if report is None or not report.ok:
        return None
    from shapecalc.formats.pictures.drawing import draw_model

    draw: Callable[[Drawing], str | bytes] = getattr(import_module(f"shapecalc.formats.pictures.{target}"), target)
    return draw(draw_model(report, depth, unfold))


def _convert(
    session: Session, file: str, target: str, fold: bool, names: str | None, weights_out: str | None
) -> str | None:
    """The model in the other notation; None where it is not sound. Raises Fault."""
    report = session.report(file)
    if report is not None and report.spec.code is not None:
        from shapecalc.formats.keras.reading.needs import refuse_conversion

        session.diagnostics = [finding for finding in session.diagnostics if finding.code != "SC615"]
        refuse_conversion(session.flat_model(report), report)
    if report is None or not report.ok:
        return None
    if target == "yaml":
        if fold and names is None and report.file in session.texts and not _is_set(session):
            return _write_text(session.texts[report.file])
        flat = session.flat_model(report)
        written = _write_spec(session, flat, fold)
        _note_active(session, report)
        _write_constants(session, flat, written, weights_out)
        if flat.has_operators and weights_out is not None:
            _write_weights(session, report, written, weights_out)
        if names is not None:
            _write(json.dumps(written.names, indent=1) + "\n", names)
        return written.text
    return _write_keras(session, report, target)


def _is_set(session: Session) -> bool:
    """Whether the command line sets an argument, a size or the batch."""
    settings = session.settings
    return settings is not None and (bool(settings.values) or settings.batch is not None)


def _write_text(spec: SpecText) -> str:
    """The spec of a published model or of a config, in one file. Raises Fault."""
    from shapecalc.formats.spec_pieces import inline_blocks

    return inline_blocks(spec.text.decode(), spec.folder)


def _write_onnx(
    session: Session, file: str, weights: str | None, out: str | None, opset: int | None, seed: int
) -> None:
    """Writes an ONNX file; a note says where the arrays are that it has no room for. Raises Fault."""
    if out is None:
        raise click.UsageError("`--to onnx` writes bytes, and needs --out FILE; `-` is standard output")
    report = session.report(file)
    if report is None or not report.ok:
        return
    session.require_no_code(report)
    from shapecalc.face.resources import limit, prepare_numpy

    prepare_numpy()
    from shapecalc.analysis.verify import open_weights
    from shapecalc.cli.weights import show_leftovers
    from shapecalc.face.weights import find_source, read_weights
    from shapecalc.formats.onnx.writing.file import OPSET, import_onnx, save_model

    import_onnx(out, opset or OPSET)  # before the weights are read, which may take long
    most = limit(None)
    source = find_source(session, file, report, weights, {})
    is_held = source.is_own and report.spec.held is not None
    arrays = None if is_held else read_weights(session, report, source, most, show_leftovers).arrays
    try:
        beside = save_model(report, out, open_weights(report, arrays, seed, most), opset or OPSET)
    except MemoryError:
        from shapecalc.diagnostics import Fault, error, shorten

        raise Fault(error("SC603", f"there is not enough memory to write {shorten(out)}")) from None
    if beside is not None:
        from shapecalc.diagnostics import note

        help = "keep both files in one folder"
        session.diagnostics.append(note("SC616", f"the weights are in {beside}", help=help))


def _write_keras(session: Session, report: Report, target: str) -> str:
    """A model as Keras reads it, or as code; notes say what Keras leaves out. Raises Fault."""
    if target == "keras-python":
        from shapecalc.formats.keras.writing.python import keras_python, note_code

        code = keras_python(report)
        session.diagnostics += note_code(report)
        return code
    from shapecalc.formats.keras.writing.json import keras_json
    from shapecalc.formats.keras.writing.outgoing import prepare

    flat, notes = prepare(report)
    session.diagnostics += notes
    return keras_json(flat)


def _write_constants(session: Session, flat: FlatModel, written: Written, path: str | None) -> None:
    """Writes the arrays that calls are given, by the paths of their weights in a spec that has no room for them.

    Raises Fault with SC607.
    """
    from shapecalc.formats.flat_model import list_constants, old_path

    constants = {
        f"{written.names.get(old_path(flat, name), name)}/weight": array
        for name, array in list_constants(flat).items()
        if not array.is_in_initializer
    }
    if not constants:
        return
    from shapecalc.diagnostics import note

    if path is None:
        help = "write them with `--weights-out FILE.npz`, and run the spec with `--weights FILE.npz`"
        session.diagnostics.append(note("SC616", f"the spec lacks the numbers of {', '.join(constants)}", help=help))
        return
    from shapecalc.formats.weights.model_file import save_constants

    save_constants(path, constants)
    message = f"the numbers of {', '.join(constants)} are in {path}"
    session.diagnostics.append(note("SC616", message, help=f"run the spec with `--weights {path}`"))


def _note_active(session: Session, report: Report) -> None:
    """Notes that blocks which were opened no longer say what one token needs of them."""
    if report.context.is_partly_active:
        from shapecalc.diagnostics import note
        from shapecalc.dims import count_text

        message = f"the spec counts all {count_text(report.params)} parameters as active"
        help = f"write `active` in its blocks: one token needs {count_text(report.active_params)} of them"
        session.diagnostics.append(note("SC616", message, help=help))


def _write_weights(session: Session, report: Report, written: Written, path: str) -> None:
    """Writes the weights of an ONNX file, and what its spec leaves out, by their paths in a spec of its lifted form.

    Raises Fault with SC607.
    """
    from shapecalc.diagnostics import note
    from shapecalc.formats.arrays import save_npz
    from shapecalc.formats.weights.layout import list_unsaid

    assert report.spec.held is not None
    arrays = report.spec.held(None)
    paths = {
        f"{row.name}/{path}": f"{written.names.get(row.name, row.name)}/{path}"
        for row in report.rows
        for path, _ in row.weights
    }
    for constant in list_unsaid(report):
        layer, _, port = constant.rpartition("/")
        paths[constant] = f"{written.names.get(layer, layer)}/{port}"
    save_npz(path, {paths[name]: array for name, array in arrays.items() if name in paths})
    help = f"run the spec with `--weights {path}`"
    session.diagnostics.append(note("SC616", f"the weights of the file are in {path}", help=help))


def _write_spec(session: Session, flat: FlatModel, fold: bool) -> Written:
    """A flat model as a spec, which was read back: it is written only if that works. Raises Fault."""
    from shapecalc.formats.folding.write import write_spec

    written = write_spec(flat, lambda text: session.report_of(text, f"{flat.name}.yaml"), fold=fold)
    session.diagnostics += written.report.diagnostics
    return written
