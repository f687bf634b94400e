"""The inputs of a model or block: shapes as they are declared, and what is fed held against them."""

from __future__ import annotations

import re
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from yaml.events import ScalarEvent

from shapecalc.diagnostics import Diagnostic, Edit, shorten
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Shape, Size, parse_shape, require_same, symbol, unknown
from shapecalc.layers.kinds import LARGEST, MAX_AXES, shown
from shapecalc.layers.names import DTYPES, POLICIES
from shapecalc.layers.values import Tensor
from shapecalc.model.configs import Refused, Values
from shapecalc.model.document import Mapping, Sequence, resolve
from shapecalc.model.edits import replacing

if TYPE_CHECKING:
    from shapecalc.dims import Relation
    from shapecalc.model.document import Node
    from shapecalc.model.spec import ModelSpec

Declared: TypeAlias = "list[Size | str | EllipsisType | None]"
"""Sizes of an input without its batch axis: a name declares a size, None is not known, `...` any number of axes."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Declaration:
    """One input as it is declared. `shape` is None where a block takes whatever it is fed."""

    __slots__ = ("batch", "dtype", "node", "shape")

    def __init__(self, node: Node | None, shape: Declared | None, dtype: str, batch: Size | None) -> None:
        self.node = node
        self.shape = shape
        self.dtype = dtype
        self.batch = batch


class Declarations(NamedTuple):
    """The inputs of a spec by name, what is wrong with them, and what their expressions take for granted."""

    found: dict[str, Declaration]
    problems: list[Diagnostic]
    assumed: dict[Relation, Node]


def declarations(spec: ModelSpec, scope: dict[str, Any], dtype: str) -> Declarations:
    """The inputs of a spec. Under a mixed policy they are float32, as in Keras."""
    reader = _Reader(spec, scope)
    dtype = "float32" if dtype in POLICIES else dtype
    found = {name: reader.declaration(node, dtype) for name, node in spec.inputs.items()}
    return Declarations(found, reader.problems, reader.assumed)


class _Reader(Values):
    """Reads the declared shapes of one spec."""

    def __init__(self, spec: ModelSpec, scope: dict[str, Any]) -> None:
        super().__init__(spec, scope)
        self.problems: list[Diagnostic] = []

    def problem(
        self, code: str, message: str, node: Node, help: str | None = None, edits: tuple[Edit, ...] = ()
    ) -> None:
        span = self.document.span(node)
        self.problems.append(Diagnostic(code, "error", "", message, span, help=help, edits=edits))

    def declaration(self, node: Node | None, dtype: str) -> Declaration:
        """A shape, or a mapping with `shape` and `dtype`."""
        shape_node = node
        if isinstance(node, Mapping):
            for event in node.keys:
                if event.value not in ("shape", "dtype"):
                    self.problem(
                        "SC109", f"an input has no key `{shorten(event.value)}`", event, "it takes shape and dtype"
                    )
            shape_node = node.fields.get("shape")
            given = node.fields.get("dtype")
            if given is not None:
                dtype = self.dtype(given) or dtype
        if shape_node is None:
            return Declaration(node, None, dtype, None)
        sizes, batch = self.sizes(shape_node)
        return Declaration(shape_node, sizes, dtype, batch)

    def dtype(self, node: Node) -> str | None:
        name = str(node.value) if isinstance(node, ScalarEvent) else ""
        if name in DTYPES:
            return name
        self.problem("SC407", f"`{shorten(name)}` is not a dtype", node, f"the dtypes are {', '.join(DTYPES)}")
        return None

    def sizes(self, node: Node) -> tuple[Declared | None, Size | None]:
        """The sizes a shape lists; the text of a shape as the table prints it has its batch axis first."""
        if isinstance(node, Sequence):
            sizes: Declared = []
            for item in node.items:
                self.size(item, sizes)
            if len(sizes) > MAX_AXES:
                self.problem("SC602", f"an input has at most {MAX_AXES} axes, here are {len(sizes)}", node)
                return None, None
            if sizes.count(...) > 1:
                self.problem("SC204", "`...` stands for any number of axes, so it stands once", node)
            return sizes, None
        try:
            value = self.plain(node)
            if isinstance(value, str) and value.lstrip()[:1] == "(":
                shape = parse_shape(value)
                return list(shape[1:]), shape[0] if isinstance(shape[0], int) else None
        except Refused as refused:
            self.problems.append(refused.diagnostic)
            return None, None
        except ValueError as error:
            self.problem("SC204", str(error), node, "write it as `[5, 1]`, or as the table prints it")
            return None, None
        if isinstance(value, list):
            return [self.checked(item, node) for item in value], None
        sizes_text = _listed(value)
        edits = () if sizes_text is None else (replacing(self.document, node, sizes_text),)
        help = f"write `{sizes_text or '[5, 1]'}`"
        message = f"a shape is a list of sizes without the batch axis, got {shown(value)}"
        self.problem("SC204", message, node, help, edits)
        return None, None

    def size(self, item: Node, sizes: Declared) -> None:
        """One size of a list: a number, nothing, a name, `...` or an expression."""
        if not isinstance(item, ScalarEvent):
            self.problem("SC204", "a size is a whole number, `null` or a name", item)
            return
        value = resolve(item)
        if value == "...":
            sizes.append(...)
        elif isinstance(value, str) and _NAME.match(value) and value != "None":
            sizes.append(value)
        elif isinstance(value, str) and "$" in value:
            try:
                sizes.append(self.checked(self.plain(item), item))
            except Refused as refused:
                self.problems.append(refused.diagnostic)
        else:
            sizes.append(None if value == "None" else self.checked(value, item))

    def checked(self, value: object, node: Node) -> Size | None:
        """A size that is a number, symbolic or unknown."""
        if value is None or isinstance(value, Dim):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST:
            return value
        code = "SC205" if isinstance(value, int) and not isinstance(value, bool) else "SC204"
        self.problem(code, f"a size is a whole number of at least 1, `null` or a name, got {shown(value)}", node)
        return None


def model_inputs(
    found: dict[str, Declaration], sizes: dict[str, Size], batch: Size | None
) -> tuple[dict[str, Tensor], dict[str, Size]]:
    """The tensors a model is fed, all of one batch, and the sizes its inputs declare.

    A declared name is what `sizes` says, else a symbol of that name.
    """
    known: dict[str, Size] = {}
    if batch is None:
        batch = next((one.batch for one in found.values() if one.batch is not None), None)
    rows = unknown("batch") if batch is None else batch
    tensors = {}
    for name, declaration in found.items():
        shape: list[Size] = [rows]
        for item in declaration.shape or []:
            if isinstance(item, str):
                known.setdefault(item, sizes[item] if item in sizes else symbol(item))
                shape.append(known[item])
            elif item is None:
                shape.append(unknown())
            elif not isinstance(item, EllipsisType):
                shape.append(item)
        tensors[name] = Tensor(Shape(shape), declaration.dtype, False)
    return tensors, known


def block_sizes(found: dict[str, Declaration], fed: dict[str, Tensor]) -> dict[str, Size]:
    """What a block's declared names stand for, given what it is fed. Raises ShapeError naming the input."""
    known: dict[str, Size] = {}
    for name, declaration in found.items():
        if declaration.shape is None:
            continue
        shape = fed[name].shape
        declared = declaration.shape
        given = list(shape[1:])
        if ... in declared:
            place = declared.index(...)
            after = len(declared) - place - 1
            fits = len(given) >= len(declared) - 1
            pairs = [*zip(declared[:place], given, strict=False)]
            pairs += [*zip(declared[place + 1 :], given[len(given) - after :], strict=False)]
        else:
            fits = len(given) == len(declared)
            pairs = [*zip(declared, given, strict=False)]
        if not fits:
            help = "`...` in its input stands for any number of axes" if ... not in declared else None
            raise ShapeError(
                f"wants {_printed(declared)} as `{name}`, got {shape}", input=name, code="SC411", help=help
            )
        for item, size in pairs:
            if isinstance(item, str):
                known[item] = require_same(known.get(item, size), size, f"`{item}` is two sizes", input=name)
            elif item is not None and not isinstance(item, EllipsisType):
                require_same(item, size, f"wants {_printed(declared)} as `{name}`, got {shape}", input=name)
    return known


def _listed(value: object) -> str | None:
    """`28`, `28x28`, `28 28 1` or `"[28, 28]"` as a list; None for what is none of them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"[{value}]"
    words = re.split(r"\s*[,x×*;\s]\s*", value.strip("[]() ")) if isinstance(value, str) else []
    known = all(word in ("None", "null", "?") or re.fullmatch(r"[0-9]+|[A-Z][A-Za-z]*", word) for word in words)
    names = {"None": "null", "?": "null"}
    return f"[{', '.join(names.get(word, word) for word in words)}]" if words and known else None


def _printed(declared: Declared) -> str:
    words = ["..." if item is ... else str(item) for item in declared]
    return f"(None, {', '.join(words)})" if words else "(None,)"
