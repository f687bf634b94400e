"""Hold random models against Keras on PyTorch: `python -m tests.training.compare --seed 1 --count 500`.

Needs keras and torch. Each model is written as a spec, built in Keras from the JSON that shapecalc writes of it, and
called once in training on inputs without a gradient; what it keeps is compared with what shapecalc says, to the byte.
Ends when so many models are equal, or at the first that differs, and says layer by layer what was kept. What Keras on
PyTorch cannot run, for all its shapes fit, is told and not counted.
"""

from __future__ import annotations

import argparse
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shapecalc.analysis.report import Report
from shapecalc.dims import add_up
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.training.graph import train
from shapecalc.training.tape import Tape
from tests.training.measure import keras, np, torch  # which chooses the backend first
from tests.training.random_models import LAYERS, RandomModel

Kept = dict[str, list[tuple[str, int]]]
"""Of each layer by name, what it is the first to keep: a description and its bytes."""


class Watched:
    """What each layer of a model keeps while it is called once."""

    def __init__(self, model: keras.Model) -> None:
        self.own = {variable.value.untyped_storage().data_ptr() for variable in model.variables}
        self.storages: dict[int, Any] = {}
        self.kept: Kept = {}
        self.layer = ""

    def pack(self, tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self.storages and storage.data_ptr() not in self.own:
            described = f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')} of {_find_line()}"
            self.kept.setdefault(self.layer, []).append((described, int(storage.nbytes())))
        self.storages[storage.data_ptr()] = storage
        return tensor

    @contextmanager
    def watch(self, model: keras.Model) -> Iterator[None]:
        """Notes which layer of the model runs, and what is saved."""
        names = {layer.name for layer in model.operations}
        plain = {kind: kind.__call__ for kind in (keras.Layer, keras.Operation)}

        def make(called: Any) -> Any:
            def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
                outermost = self.layer == "" and operation.name in names
                self.layer = operation.name if outermost else self.layer
                try:
                    return called(operation, *args, **kwargs)
                finally:
                    self.layer = "" if outermost else self.layer

            return call

        for kind, called in plain.items():
            kind.__call__ = make(called)
        try:
            with torch.autograd.graph.saved_tensors_hooks(self.pack, lambda tensor: tensor):
                yield
        finally:
            for kind, called in plain.items():
                kind.__call__ = called


def _find_line() -> str:
    """The line of Keras that is the nearest to what is saved."""
    frames = [frame for frame in traceback.extract_stack() if "/keras/src/" in frame.filename]
    return f"{frames[-1].filename.partition('/keras/src/')[2]}:{frames[-1].lineno}: {frames[-1].line}"


def measure_model(model: keras.Model, report: Report, batch: int) -> Kept:
    """What each layer keeps as Keras runs it."""
    generator = np.random.default_rng(1)
    inputs = {}
    for name, tensor in report.inputs.items():
        shape = (batch, *tensor.shape[1:])
        if tensor.dtype == "int32":
            inputs[name] = torch.from_numpy(generator.integers(0, 11, shape).astype("int32"))
        else:
            inputs[name] = torch.from_numpy(generator.uniform(0.1, 0.9, shape).astype("float32"))
    watched = Watched(model)
    with watched.watch(model):
        model(inputs if len(inputs) > 1 else next(iter(inputs.values())), training=True)
    return watched.kept


def list_stated(tape: Tape) -> Kept:
    """What each layer keeps as shapecalc says."""
    kept: Kept = {}
    for step in tape.steps:
        for storage, name in step.saved.items():
            size = storage.bytes
            assert isinstance(size, int)
            described = f"{tuple(storage.factors)} {storage.dtype} {name}{' (a copy)' if storage.copied else ''}"
            kept.setdefault(step.path.replace("/", "_"), []).append((described, size))
    return kept


def describe(stated: Kept, kept: Kept) -> str:
    """Layer by layer, those that differ: what shapecalc says, and what Keras keeps."""
    lines = []
    for name in dict.fromkeys([*stated, *kept]):
        said, seen = stated.get(name, []), kept.get(name, [])
        if sorted(size for _, size in said) != sorted(size for _, size in seen):
            lines += [f"{name}:", *(f"  said {size:6} {what}" for what, size in said)]
            lines += [f"  seen {size:6} {what}" for what, size in seen]
    return "\n".join(lines)


def compare(seed: int, types: tuple[str, ...]) -> str | None:
    """What differs for the model of a seed; None where nothing does. Raises Refused."""
    model = RandomModel(seed, types)
    report = model.report
    assert report.walk is not None
    stated = list_stated(train(report.walk, model.batch))
    text = keras_json(flatten(report))
    try:
        kept = measure_model(keras.models.model_from_json(text), report, model.batch)
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {str(error)[:300]}") from error
    totals = [add_up(size for entries in each.values() for _, size in entries) for each in (stated, kept)]
    if totals[0] == totals[1]:
        return None
    sums = f"{totals[0]} bytes, Keras keeps {totals[1]}"
    return "\n".join([f"seed {seed}, batch {model.batch}", model.text, sums, describe(stated, kept)])


class Refused(Exception):
    """Keras on PyTorch cannot run a model, for all its shapes fit."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--types", default="", help="only these, with commas between them")
    parser.add_argument("--without", default="", help="without these")
    parser.add_argument("--go-on", action="store_true", help="after a model that differs")
    given = parser.parse_args()
    types = tuple(given.types.split(",")) if given.types else tuple(LAYERS)
    types = tuple(kind for kind in types if kind not in given.without.split(","))
    warnings.simplefilter("ignore")
    equal = different = refused = 0
    seed = given.seed
    while equal < given.count and (given.go_on or not different):
        try:
            difference = compare(seed, types)
        except Refused as error:
            refused += 1
            print(f"seed {seed}: {error}", file=sys.stderr)
        else:
            if difference is None:
                equal += 1
            else:
                different += 1
                print(difference)
        seed += 1
    print(f"{equal} equal, {different} different, {refused} that Keras refused; the next seed is {seed}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
