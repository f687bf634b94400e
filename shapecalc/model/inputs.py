"""The inputs of a model or block: shapes as they are declared, and what is fed held against them."""

from __future__ import annotations

import re
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Diagnostic, Edit, did_you_mean, error, shorten
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Shape, Size, is_unknown, parse_shape, require_same, symbol, unknown
from shapecalc.document.edits import replacing
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.arguments.names import DTYPE_FRIENDS, DTYPES, POLICIES
from shapecalc.layers.arguments.numbers import LARGEST, whole_number
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.shapes import MAX_AXES
from shapecalc.layers.values import Tensor
from shapecalc.model.configs import Refused, Values

if TYPE_CHECKING:
    from shapecalc.dims import Relation
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import ModelSpec

Declared: TypeAlias = "list[Size | str | EllipsisType | None]"
"""Sizes of an input without its batch axis: a name declares a size, None is not known, `...` any number of axes."""

_KEY_FRIENDS = {
    "size": "shape",
    "dims": "shape",
    "input_shape": "shape",
    "batch_input_shape": "batch_shape",
    "type": "dtype",
    "data_type": "dtype",
}
"""What other libraries call a key of an input."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Declaration:
    """One input as it is declared. `shape` is None where a block takes whatever it is fed.

    `batch` is the first axis where the input says it: a size, or a name; None is the model's batch.
    """

    __slots__ = ("batch", "dtype", "node", "shape")

    def __init__(self, node: Node | None, shape: Declared | None, dtype: str, batch: Size | str | None) -> None:
        self.node = node
        self.shape = shape
        self.dtype = dtype
        self.batch = batch

    @property
    def names(self) -> list[str]:
        """The sizes it declares by name."""
        return [item for item in (self.batch, *(self.shape or ())) if isinstance(item, str)]


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


def declares(text: str) -> bool:
    """Whether a size written so declares a name."""
    return _NAME.match(text) is not None and text != "None"


class _Reader(Values):
    """Reads the declared shapes of one spec."""

    def __init__(self, spec: ModelSpec, scope: dict[str, Any]) -> None:
        super().__init__(spec, scope)
        self.problems: list[Diagnostic] = []

    def problem(
        self, code: str, message: str, node: Node, help: str | None = None, edits: tuple[Edit, ...] = ()
    ) -> None:
        span = self.document.span(node)
        self.problems.append(error(code, message, span, help=help, edits=edits))

    def declaration(self, node: Node | None, dtype: str) -> Declaration:
        """A shape, or a mapping with `shape` or `batch_shape`, and `dtype`."""
        if not isinstance(node, MappingNode):
            return Declaration(node, None if node is None else self.shape(node), dtype, None)
        for event in node.keys:
            if event.value not in ("shape", "batch_shape", "dtype"):
                guess = did_you_mean(str(event.value), ("shape", "batch_shape", "dtype"), _KEY_FRIENDS)
                help = f"did you mean `{guess}`?" if guess else "it takes shape or batch_shape, and dtype"
                edits = (replacing(self.document, event, guess),) if guess else ()
                self.problem("SC109", f"an input has no key `{shorten(event.value)}`", event, help, edits)
                if guess:
                    node.fields.setdefault(guess, node.fields[event.value])
        fields = node.fields
        if "dtype" in fields:
            dtype = self.dtype(fields["dtype"]) or dtype
        if "batch_shape" not in fields:
            given = fields.get("shape")
            return Declaration(given or node, None if given is None else self.shape(given), dtype, None)
        if "shape" in fields:
            help = "`batch_shape` has the batch first, `shape` leaves it out"
            self.problem("SC109", "`shape` and `batch_shape` cannot both stand here", fields["batch_shape"], help)
        return self.with_batch(fields["batch_shape"], dtype)

    def with_batch(self, node: Node, dtype: str) -> Declaration:
        """An input whose axes are all said, the first among them."""
        sizes = self.sizes(node)
        if sizes is not None and (not sizes or sizes[0] is ...):
            self.problem("SC204", "`batch_shape` begins with the batch", node, "write it as `[null, 5, 1]`")
            sizes = None
        if sizes is None:
            return Declaration(node, None, dtype, None)
        batch = sizes[0]
        assert not isinstance(batch, EllipsisType)
        return Declaration(node, sizes[1:], dtype, batch)

    def dtype(self, node: Node) -> str | None:
        """The dtype that stands at a node; None where it was reported."""
        try:
            name = self.plain(node)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
            return None
        if name in DTYPES:
            return str(name)
        meant = did_you_mean(str(name), DTYPES, DTYPE_FRIENDS)
        help = f"did you mean `{meant}`?" if meant else f"the dtypes are {', '.join(DTYPES)}"
        edits = (replacing(self.document, node, meant),) if meant else ()
        self.problem("SC407", f"`{shorten(name)}` is not a dtype", node, help, edits)
        return None

    def shape(self, node: Node) -> Declared | None:
        """The sizes of one sample: in brackets they are all, in parentheses the batch stands first, as Keras prints."""
        sizes = self.sizes(node)
        if sizes is None or not self.is_printed(node):
            return sizes
        if sizes and self.is_batch(sizes[0]):
            return sizes[1:]
        text, bare = f"({', '.join(map(_written, sizes))}{',' * (len(sizes) == 1)})", _listed(sizes)
        first = f", not {_written(sizes[0])}" if sizes else ""
        message = f"in parentheses the batch stands first, `None`{first}: {text}"
        if any(isinstance(size, Dim) for size in sizes):
            bare = "[5, 1]"  # a formula of names that nothing declares has no form in brackets
        help = f"write `{bare}`, the sizes of one sample"
        if sizes and isinstance(sizes[0], (int, str)):
            help += f"; if {sizes[0]} is the batch, put `batch_size: {sizes[0]}` beside it"
        self.problem("SC204", message, node, help)
        return None

    def is_printed(self, node: Node) -> bool:
        """Whether a shape stands in parentheses."""
        return isinstance(node, ScalarNode) and str(node.value).lstrip()[:1] == "("

    def is_batch(self, size: Size | str | EllipsisType | None) -> bool:
        """Whether a size can stand for the batch: it is not known, or what `batch_size` says."""
        if size is None or isinstance(size, EllipsisType) or self.spec.batch_size is None:
            return size is None
        try:
            return bool(size == self.plain(self.spec.batch_size))
        except Refused:
            return False  # it is reported where `batch_size` is read

    def sizes(self, node: Node) -> Declared | None:
        """All sizes that a shape lists, in brackets or in parentheses."""
        sizes: Declared = []
        before = len(self.problems)
        if isinstance(node, SequenceNode):
            for item in node.items:
                self.size(item, sizes)
        else:
            sizes = self.sizes_of_text(node)
        if len(sizes) > MAX_AXES:
            self.problem("SC602", f"an input has at most {MAX_AXES} axes, here are {len(sizes)}", node)
        if sizes.count(...) > 1:
            self.problem("SC204", "`...` stands for any number of axes, so it stands once", node)
        return sizes if len(self.problems) == before else None

    def sizes_of_text(self, node: Node) -> Declared:
        """The sizes of a shape that is one text: as it is printed, `(None, 5, 1)`, or an expression that is a list."""
        text = str(node.value) if isinstance(node, ScalarNode) else ""
        try:
            if self.is_printed(node) and "$" not in text:
                return [_declared(size) for size in parse_shape(text)]
            value = self.plain(node)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
            return []
        except ValueError as error:
            self.problem("SC204", str(error), node, "write it as `[5, 1]`, or as the table prints it")
            return []
        if isinstance(value, list):
            return [self.checked(item, node) for item in value]
        if self.is_printed(node):
            return [self.checked(value, node)]
        sizes_text = _as_list(value)
        edits = () if sizes_text is None else (replacing(self.document, node, sizes_text),)
        help = f"write `{sizes_text or '[5, 1]'}`"
        message = f"a shape is a list of sizes without the batch axis, got {as_yaml(value)}"
        self.problem("SC204", message, node, help, edits)
        return []

    def size(self, item: Node, sizes: Declared) -> None:
        """One size of a list: a number, nothing, a name, `...` or an expression."""
        if not isinstance(item, ScalarNode):
            help = "a shape is one list of sizes, such as `[28, 28, 1]`"
            self.problem("SC204", "a size is a whole number, `null` or a name", item, help)
            return
        value = resolve(item)
        if value == "...":
            sizes.append(...)
        elif isinstance(value, str) and declares(value):
            sizes.append(value)
        elif isinstance(value, str) and "$" in value:
            try:
                sizes.append(self.checked(self.plain(item), item))
            except Refused as refused:
                self.problems.append(refused.diagnostic)
        else:
            sizes.append(None if value == "None" else self.checked(value, item))

    def checked(self, value: object, node: Node) -> Size | str | None:
        """A size that is a number, symbolic or unknown, or the name of one."""
        if value is None or isinstance(value, Dim) or (isinstance(value, str) and declares(value)):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST:
            return value
        code = "SC205" if isinstance(value, int) and not isinstance(value, bool) else "SC204"
        text = str(value).strip()
        meant = text.removesuffix(".0") if re.fullmatch(r"[1-9][0-9]{0,15}(\.0)?", text) else self.meant_size(value)
        help = "write a number of at least 1, or `null` where it is not known" if meant is None else f"write {meant}"
        edits = (replacing(self.document, node, meant),) if meant is not None and isinstance(node, ScalarNode) else ()
        message = f"a size is a whole number of at least 1, `null` or a name, got {as_yaml(value)}"
        self.problem(code, message, node, help, edits)
        return None

    def meant_size(self, value: object) -> str | None:
        """The size that was meant by -1, by `?` or by a product; None where nothing is plain."""
        from shapecalc.model.mistakes.values import suggest_value

        if value in (-1, "?"):
            return "null"
        if isinstance(value, str) and "，" in value:
            return value.replace("，", ", ")
        return suggest_value(value, lambda guess: whole_number(guess, 1, ""), self.scope)


def model_inputs(
    found: dict[str, Declaration], sizes: dict[str, Size], batch: Size | None
) -> tuple[dict[str, Tensor], dict[str, Size]]:
    """The tensors a model is fed, of one batch but where an input says its own, and the sizes its inputs declare.

    A declared name is what `sizes` says, else a symbol of that name.
    """
    known: dict[str, Size] = {}
    rows = unknown("batch") if batch is None else batch
    tensors = {}
    for name, declaration in found.items():
        shape: list[Size] = []
        first = rows if declaration.batch is None else declaration.batch
        for item in (first, *(declaration.shape or ())):
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
        if declaration.batch is not None:
            pairs.append((declaration.batch, shape[0]))
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


def _as_list(value: object) -> str | None:
    """`28`, `28x28`, `28 28 1` or `"[28, 28]"` as a list; None for what is none of them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"[{value}]"
    words = re.split(r"\s*[,x×*;\s]\s*", value.strip("[]() ")) if isinstance(value, str) else []
    known = all(word in ("None", "null", "?") or re.fullmatch(r"[0-9]+|[A-Z][A-Za-z]*", word) for word in words)
    names = {"None": "null", "?": "null"}
    return f"[{', '.join(names.get(word, word) for word in words)}]" if words and known else None


def _declared(size: Size) -> Size | str | None:
    """A size as a declaration holds it: a name alone declares a size, one that is not known is None."""
    text = str(size)
    return size if isinstance(size, int) else None if is_unknown(size) else text if _NAME.match(text) else size


def _written(item: Size | str | EllipsisType | None) -> str:
    return "..." if isinstance(item, EllipsisType) else str(item)


def _listed(declared: Declared) -> str:
    """Sizes as a list in a spec."""
    return f"[{', '.join('null' if item is None else _written(item) for item in declared)}]"


def _printed(declared: Declared) -> str:
    words = ["..." if item is ... else str(item) for item in declared]
    return f"(None, {', '.join(words)})" if words else "(None,)"
