"""The inputs of a model or block as they are declared: nodes to sizes."""

from __future__ import annotations

import re
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Diagnostic, Fault, Fix, did_you_mean, shorten
from shapecalc.dims import Dim, Size, is_unknown, parse_shape
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.arguments.names import DTYPE_FRIENDS, DTYPES, POLICIES
from shapecalc.layers.arguments.numbers import LARGEST, read_whole
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.shapes import MAX_AXES
from shapecalc.model.values import UNREAD, Values

if TYPE_CHECKING:
    from shapecalc.dims import Relation
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import ModelSpec

Declared: TypeAlias = "list[Size | str | EllipsisType | None]"
"""Sizes of an input without its batch axis: a name declares a size, None is not known, `...` any number of axes."""

_KEYS = ("shape", "batch_shape", "dtype")
_KEY_FRIENDS = {
    "size": "shape", "dims": "shape", "input_shape": "shape", "batch_input_shape": "batch_shape", "type": "dtype",
    "data_type": "dtype",
}  # fmt: skip
"""What other libraries call a key of an input."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Declaration:
    """One input as it is declared. `shape` is None where a block takes whatever it is fed.

    `batch` is the first axis where the input says it: a size, or a name; None is the model's batch. A scalar has no
    axes, not even that one.
    """

    __slots__ = ("batch", "dtype", "is_scalar", "node", "shape")

    def __init__(
        self,
        node: Node | None,
        shape: Declared | None,
        dtype: str,
        batch: Size | str | None,
        *,
        is_scalar: bool = False,
    ) -> None:
        self.node = node
        self.shape = shape
        self.dtype = dtype
        self.batch = batch
        self.is_scalar = is_scalar

    @property
    def names(self) -> list[str]:
        """The sizes it declares by name."""
        return [size for size in (self.batch, *(self.shape or ())) if isinstance(size, str)]


class Declarations(NamedTuple):
    """The inputs of a spec by name, the findings about them, and the assumptions of their expressions."""

    inputs: dict[str, Declaration]
    problems: list[Diagnostic]
    assumed: dict[Relation, Node]


def _is_of_onnx(name: str) -> bool:
    from shapecalc.layers.onnx.dtypes import DTYPES

    return name in DTYPES


def read_declarations(spec: ModelSpec, scope: dict[str, Any], dtype: str) -> Declarations:
    """The inputs of a spec. Under a mixed policy they are float32, as in Keras."""
    problems: list[Diagnostic] = []
    reader = _Reader(spec, scope, problems)
    dtype = "float32" if dtype in POLICIES else dtype
    inputs = {name: reader.read_declaration(node, dtype) for name, node in spec.inputs.items()}
    return Declarations(inputs, problems, reader.assumed)


def is_size_name(text: str) -> bool:
    """Whether a size that is written so declares a name."""
    return _NAME.match(text) is not None and text != "None"


def list_sizes(declared: Declared) -> str:
    """Sizes as a list in a spec: `[5, null, T]`."""
    return f"[{', '.join('null' if size is None else _write(size) for size in declared)}]"


class _Reader(Values):
    """Reads the declared shapes of one spec."""

    def read_declaration(self, node: Node | None, dtype: str) -> Declaration:
        """A shape, or a mapping with `shape` or `batch_shape`, and `dtype`."""
        if not isinstance(node, MappingNode):
            return Declaration(node, None if node is None else self.read_shape(node), dtype, None)
        for key in node.keys:
            if key.value not in _KEYS:
                from shapecalc.document.fixes import suggest

                guess = did_you_mean(str(key.value), _KEYS, _KEY_FRIENDS)
                takes = "it takes shape or batch_shape, and dtype"
                help = suggest(self.document, key, guess, _KEYS) if guess else takes
                self.findings.error("SC109", f"an input has no key `{shorten(key.value)}`", key, help=help)
                if guess:  # what was meant is read, so that one mistake is one finding
                    node.fields.setdefault(guess, node.fields[key.value])
        fields = node.fields
        if "dtype" in fields:
            dtype = self.read_dtype(fields["dtype"], is_onnx="batch_shape" in fields) or dtype
        if "batch_shape" not in fields:
            shape = fields.get("shape")
            return Declaration(shape or node, None if shape is None else self.read_shape(shape), dtype, None)
        if "shape" in fields:
            message = "`shape` and `batch_shape` cannot both stand here"
            help = "`batch_shape` has the batch first, `shape` leaves it out"
            self.findings.error("SC109", message, fields["batch_shape"], help=help)
        return self.read_with_batch(fields["batch_shape"], dtype)

    def read_with_batch(self, node: Node, dtype: str) -> Declaration:
        """An input whose axes are all said, the first among them."""
        sizes = self.read_sizes(node)
        if sizes == [] and isinstance(node, SequenceNode):
            return Declaration(node, [], dtype, None, is_scalar=True)
        if sizes is not None and (not sizes or sizes[0] is ...):
            from shapecalc.document.fixes import write_example

            help = write_example(self.document, node, "[null, 5, 1]", "write it as `{}`")
            self.findings.error("SC204", "`batch_shape` begins with the batch", node, help=help)
            sizes = None
        if sizes is None:
            return Declaration(node, None, dtype, None)
        batch = sizes[0]
        assert not isinstance(batch, EllipsisType)
        return Declaration(node, sizes[1:], dtype, batch)

    def read_dtype(self, node: Node, *, is_onnx: bool) -> str | None:
        """The dtype that stands at a node; None where it was reported. ONNX has more of them than Keras."""
        name = self.read(node)
        if name is UNREAD:
            return None
        if name in DTYPES or (is_onnx and _is_of_onnx(str(name))):
            return str(name)
        from shapecalc.document.fixes import suggest

        meant = did_you_mean(str(name), DTYPES, DTYPE_FRIENDS)
        help = suggest(self.document, node, meant, DTYPES) if meant else f"the dtypes are {', '.join(DTYPES)}"
        self.findings.error("SC407", f"`{shorten(name)}` is not a dtype", node, help=help)
        return None

    def read_shape(self, node: Node) -> Declared | None:
        """The sizes of one sample: all that are in brackets; in parentheses the batch is first, as Keras prints it."""
        sizes = self.read_sizes(node)
        if sizes is None or not _is_printed(node):
            return sizes
        if sizes and self.is_batch(sizes[0]):
            return sizes[1:]
        from shapecalc.document.fixes import write, write_example

        first = f", not {_write(sizes[0])}" if sizes else ""
        text = f"({', '.join(map(_write, sizes))}{',' * (len(sizes) == 1)})"
        message = f"in parentheses the batch stands first, `None`{first}: {text}"
        # A formula of names that nothing declares has no form in brackets.
        bare = "[5, 1]" if any(isinstance(size, Dim) for size in sizes) else list_sizes(sizes)
        help = "write `{}`, the sizes of one sample"
        if sizes and isinstance(sizes[0], (int, str)):
            help += f"; if {sizes[0]} is the batch, put `batch_size: {sizes[0]}` beside it"
        is_known = bool(sizes) and bare != "[5, 1]"
        fix = write(self.document, node, bare, help) if is_known else write_example(self.document, node, bare, help)
        self.findings.error("SC204", message, node, help=fix)
        return None

    def is_batch(self, size: Size | str | EllipsisType | None) -> bool:
        """Whether a size can stand for the batch: it is not known, or what `batch_size` says."""
        if size is None or isinstance(size, EllipsisType) or self.spec.batch_size is None:
            return size is None
        try:
            return bool(size == self.evaluate(self.spec.batch_size))
        except Fault:
            return True  # it may be; what is wrong with `batch_size` is reported where that is read

    def read_sizes(self, node: Node) -> Declared | None:
        """All sizes that a shape lists, in brackets or in parentheses; None where something was reported."""
        before = len(self.findings)
        if isinstance(node, SequenceNode):
            sizes: Declared = [self.read_size(item) for item in node.items]
        else:
            sizes = self.split_text(node)
        if len(sizes) > MAX_AXES:
            message = f"an input has at most {MAX_AXES} axes, here are {len(sizes)}"
            self.findings.error("SC602", message, node)
        if sizes.count(...) > 1:
            self.findings.error("SC204", "`...` stands for any number of axes, so it stands once", node)
        return sizes if len(self.findings) == before else None

    def split_text(self, node: Node) -> Declared:
        """The sizes of a shape that is one text: as it is printed, `(None, 5, 1)`, or an expression that is a list."""
        if _is_printed(node) and isinstance(node, ScalarNode) and "$" not in node.value:
            try:
                return [_declare_name(size) for size in parse_shape(node.value)]
            except ValueError as error:
                from shapecalc.document.fixes import write_example

                words = "write it as `{}`, or as the table prints it"
                self.findings.error("SC204", str(error), node, help=write_example(self.document, node, "[5, 1]", words))
                return []
        value = self.read(node)
        if value is UNREAD:
            return []
        if isinstance(value, list):
            return [self.check_size(size, node) for size in value]
        if _is_printed(node):
            return [self.check_size(value, node)]
        from shapecalc.document.fixes import write, write_example

        text = _split_list(value)
        message = f"a shape is a list of sizes without the batch axis, got {as_yaml(value)}"
        help = write(self.document, node, text) if text else write_example(self.document, node, "[5, 1]")
        self.findings.error("SC204", message, node, help=help)
        return []

    def read_size(self, node: Node) -> Size | str | EllipsisType | None:
        """One size of a list: a number, nothing, a name, `...` or an expression."""
        if not isinstance(node, ScalarNode):
            help = "a shape is one list of sizes, such as `[28, 28, 1]`"
            self.findings.error("SC204", "a size is a whole number, `null` or a name", node, help=help)
            return None
        value = resolve(node)
        if value == "...":
            return ...
        if value == "None":
            return None
        if isinstance(value, str) and "$" in value:
            value = self.read(node)
        return None if value is UNREAD else self.check_size(value, node)

    def check_size(self, value: object, node: Node) -> Size | str | None:
        """A size that is a number, symbolic or unknown, or the name of one; None where something else was reported."""
        if value is None or isinstance(value, Dim) or (isinstance(value, str) and is_size_name(value)):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST:
            return value
        from shapecalc.document.edits import replace_node

        code = "SC205" if isinstance(value, int) and not isinstance(value, bool) else "SC204"
        text = str(value).strip()
        meant = text.removesuffix(".0") if re.fullmatch(r"[1-9][0-9]{0,15}(\.0)?", text) else self.guess_size(value)
        words = "write a number of at least 1, or `null` where it is not known" if meant is None else f"write {meant}"
        edits = (replace_node(self.document, node, meant or "null"),) if isinstance(node, ScalarNode) else ()
        help = Fix(words, edits, safe=meant is not None)
        message = f"a size is a whole number of at least 1, `null` or a name, got {as_yaml(value)}"
        self.findings.error(code, message, node, help=help)
        return None

    def guess_size(self, value: object) -> str | None:
        """The size that was meant by -1, by `?` or by a product; None where that is not clear."""
        from shapecalc.model.mistakes.values import suggest_value

        if value in (-1, "?"):
            return "null"
        if isinstance(value, str) and "，" in value:
            return value.replace("，", ", ")
        meant = suggest_value(value, lambda guess: read_whole(guess, 1, ""), self.scope)
        return None if meant is None else meant.text


def _is_printed(node: Node) -> bool:
    """Whether a shape stands in parentheses."""
    return isinstance(node, ScalarNode) and str(node.value).lstrip()[:1] == "("


def _split_list(value: object) -> str | None:
    """`28`, `28x28`, `28 28 1` or `"[28, 28]"` as a list; None for any other text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"[{value}]"
    words = re.split(r"\s*[,x×*;\s]\s*", value.strip("[]() ")) if isinstance(value, str) else []
    is_known = all(word in ("None", "null", "?") or re.fullmatch(r"[0-9]+|[A-Z][A-Za-z]*", word) for word in words)
    names = {"None": "null", "?": "null"}
    return f"[{', '.join(names.get(word, word) for word in words)}]" if words and is_known else None


def _declare_name(size: Size) -> Size | str | None:
    """A size as a declaration holds it: a name alone declares a size, one that is not known is None."""
    text = str(size)
    return size if isinstance(size, int) else None if is_unknown(size) else text if _NAME.match(text) else size


def _write(size: Size | str | EllipsisType | None) -> str:
    return "..." if isinstance(size, EllipsisType) else str(size)
