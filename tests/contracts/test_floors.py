"""Imports point down only, and each library is used where it belongs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.contracts.sources import PACKAGE, imported, imported_for_types, modules

_BELOW_ANALYSIS = ("inference", "model", "layers", "expressions", "document", "dims", "diagnostics")

FLOORS = {
    "shapecalc.diagnostics": (),
    "shapecalc.dims": ("diagnostics",),
    "shapecalc.document": ("diagnostics",),
    "shapecalc.layers": ("dims", "diagnostics"),
    "shapecalc.expressions": ("dims", "diagnostics"),
    "shapecalc.model": ("layers", "expressions", "document", "dims", "diagnostics"),
    "shapecalc.inference": ("model", "layers", "expressions", "document", "dims", "diagnostics"),
    "shapecalc.training": _BELOW_ANALYSIS,
    "shapecalc.analysis": ("training", *_BELOW_ANALYSIS),
    "shapecalc.formats": ("analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.render": ("analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.lsp": ("render", "analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.face": ("render", "formats", "analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.page": ("render", "formats", "analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.cli": ("page", "face", "lsp", "render", "formats", "analysis", "training", *_BELOW_ANALYSIS),
    "shapecalc.forward": (),
}
"""What each package may import besides itself; `shapecalc` itself imports the face when it is asked for it."""

TYPE_FLOORS = {"shapecalc.forward": ("inference", "model", "layers", "dims")}
"""What a package may import besides for its annotations alone: a forward is typed by its config, and never loads it."""

USES_FORWARD = "shapecalc.analysis.verify"

ON_ARRAYS = {
    "shapecalc.analysis.numeric": "outputs of two models held against each other",
    "shapecalc.analysis.solving.selection": "a grid of sweeps is arrays",
    "shapecalc.analysis.solving.sweep": "a grid of sweeps is arrays",
    "shapecalc.analysis.solving.vectorised": "formulas evaluated on a whole grid",
    "shapecalc.face.running": "takes and gives arrays",
    "shapecalc.face.model": "names the types of arrays",
    "shapecalc.analysis.weight_changes": "weights of two files held against each other",
    "shapecalc.render.grid_csv": "a grid of sweeps is arrays",
    "shapecalc.render.run": "prints the outputs of a forward pass",
}
"""Modules that use NumPy though they are neither forwards nor formats, and why; `summary` and `check` import none."""

HOMES = {
    "click": ("shapecalc.cli",),
    "rich": ("shapecalc.render.table", "shapecalc.render.findings.full"),
    "numpy": ("shapecalc.forward", "shapecalc.formats", USES_FORWARD, *ON_ARRAYS),
    "h5py": ("shapecalc.formats",),
    "onnx": ("shapecalc.formats.onnx.writing.file",),
    "yaml": ("shapecalc.document", "shapecalc.model", "shapecalc.analysis", "shapecalc.formats", "shapecalc.cli"),
    "distributed": ("shapecalc.cli.sweep",),
    "pygls": ("shapecalc.lsp.connection", "shapecalc.lsp.server"),
    "lsprotocol": ("shapecalc.lsp.connection", "shapecalc.lsp.server"),
    "dataclasses": (),
    "inspect": (),
}
"""The modules, or packages, that may import a library; what is slow to import has no home."""


def package_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def within(module: str, homes: tuple[str, ...]) -> bool:
    return any(module == home or module.startswith(home + ".") for home in homes)


def faults(module: str, tree: ast.AST) -> Iterator[str]:
    """What a module imports and should not."""
    package = package_of(module)
    allowed = ("shapecalc.__version__", package, *(f"shapecalc.{one}" for one in FLOORS.get(package, ())))
    if module == USES_FORWARD:
        allowed += ("shapecalc.forward",)
    for_types = Counter(imported_for_types(tree, module))
    types = tuple(f"shapecalc.{floor}" for floor in TYPE_FLOORS.get(package, ()))
    for name, times in Counter(imported(tree, module)).items():
        if times == for_types[name] and within(name, types):
            continue
        top = name.split(".")[0]
        if top == "shapecalc":
            if package in FLOORS and name != "shapecalc" and not within(name, allowed):
                yield f"{module} imports {name}"
        elif top in HOMES:
            if not within(module, HOMES[top]):
                yield f"{module} imports {name}"
        elif top not in sys.stdlib_module_names:
            yield f"{module} imports {name}"


def test_every_package_has_a_floor() -> None:
    assert {package_of(module) for module in modules()} == {*FLOORS, "shapecalc", "shapecalc.__main__"}


def test_imports_point_down() -> None:
    assert [fault for module, tree in modules().items() for fault in faults(module, tree)] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("shapecalc.dims.shape", "from shapecalc.layers.base import Layer"),
        ("shapecalc.layers.core", "from shapecalc import model"),
        ("shapecalc.layers.core", "import numpy as np"),
        ("shapecalc.layers.core", "def f():\n    import rich.text"),
        ("shapecalc.forward.core", "from shapecalc.dims import Shape"),
        ("shapecalc.forward.core", "import_module(f'shapecalc.layers.{name}')"),
        ("shapecalc.forward.core", "if TYPE_CHECKING:\n    from shapecalc.analysis import report"),
        (
            "shapecalc.forward.core",
            "if TYPE_CHECKING:\n    from shapecalc.dims import Size\nfrom shapecalc.dims import Size",
        ),
        ("shapecalc.forward.core", "if TYPE_CHECKING:\n    pass\nelse:\n    from shapecalc.layers.core import Dense"),
        ("shapecalc.layers.core", "if TYPE_CHECKING:\n    from shapecalc.model import graph"),
        ("shapecalc.analysis.report", "from shapecalc.forward.base import apply"),
        ("shapecalc.render.explain", "from rich.table import Table"),
        ("shapecalc.model.load", "import click"),
        ("shapecalc.model.load", "from ..analysis import report"),
        ("shapecalc.formats.arrays", "import tensorflow"),
    ],
)
def test_an_import_that_points_up_is_found(module: str, line: str) -> None:
    assert list(faults(module, ast.parse(line)))


def test_a_forward_may_import_configs_for_its_annotations() -> None:
    line = "if TYPE_CHECKING:\n    from shapecalc.layers.core import Dense"
    assert list(faults("shapecalc.forward.core", ast.parse(line))) == []


def circle(trees: dict[str, ast.Module]) -> list[str]:
    """Modules each of which imports the next, the last of them the first, wherever the imports stand; none if none."""
    ahead = {
        module: sorted({name for name in imported(tree, module) if name in trees and name != module})
        for module, tree in trees.items()
    }
    done: set[str] = set()
    for start in trees:
        path, waiting = [start], [iter(ahead[start])]
        while waiting:
            after = next((name for name in waiting[-1] if name not in done), None)
            if after is None:
                done.add(path.pop())
                waiting.pop()
            elif after in path:
                return path[path.index(after) :]
            else:
                path.append(after)
                waiting.append(iter(ahead[after]))
    return []


def test_no_files_import_each_other() -> None:
    """A package's own face is left out: it hands on what stands below it."""
    faces = {module.rpartition(".")[0] for module in modules()}
    assert circle({module: tree for module, tree in modules().items() if module not in faces}) == []


def test_a_circle_is_found() -> None:
    texts = {"a": "import b", "b": "def f():\n    from c import d", "c": "import b", "d": ""}
    assert circle({name: ast.parse(text) for name, text in texts.items()}) == ["b", "c"]


@pytest.mark.parametrize("command", ["summary", "check", "explain"])
def test_numpy_is_never_imported(command: str) -> None:
    spec = "specs/tutorial/many_to_many.yaml"
    script = (
        "import sys; from shapecalc.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, [name for name in ('numpy', 'importlib.metadata') if name in sys.modules])"
    )
    arguments = [command, spec, *(["lstm"] if command == "explain" else [])]
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, cwd=PACKAGE.parent
    )
    assert run.stdout.splitlines()[-1] == "0 []", run.stderr
