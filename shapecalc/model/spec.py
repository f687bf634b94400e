"""Nodes to `ModelSpec`: the keys of a spec, checked for their form; nothing is evaluated yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecalc.diagnostics import Fix, did_you_mean, shorten
from shapecalc.document.findings import Findings
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.model.references import WIRING, name_fault, suggest_name

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, Node
    from shapecalc.layers.opaque import HeldCode

BLOCK_KEYS = ("name", "description", "args", "input", "inputs", "layers", "outputs", "blocks", "dtype", "active")
MODEL_KEYS = (*BLOCK_KEYS, "batch_size", "expect")
FALSE_FRIENDS = {
    "model": "layers", "layer": "layers", "architecture": "layers", "network": "layers", "output": "outputs",
    "input_shape": "input", "shape": "input", "in_shape": "input", "params": "args", "parameters": "args",
    "arguments": "args", "variables": "args", "title": "name", "model_name": "name", "batch": "batch_size",
    "expected": "expect", "asserts": "expect", "modules": "blocks", "functions": "blocks", "precision": "dtype",
}  # fmt: skip

OF_TRAINING = (
    "optimizer",
    "loss",
    "metrics",
    "compile",
    "epochs",
    "learning_rate",
    "lr",
    "training",
    "fit",
    "callbacks",
)
"""Keys of other tools that are about training."""
_NO_LAYERS = "a model has an `input` and a list of `layers`"

Loader: TypeAlias = Callable[["Document", ScalarNode], "ModelSpec | None"]
"""Reads the spec that a block's `file` names, relative to a document; reports and gives None where it cannot."""


class Entry:
    """One line of `layers`: `key` names what is called, `args` stands inside it, `wiring` is the mapping around it."""

    __slots__ = ("args", "key", "wiring")

    def __init__(self, key: ScalarNode, args: Node | None, wiring: MappingNode | None) -> None:
        self.key = key
        self.args = args
        self.wiring = wiring


class ModelSpec:
    """A model or a block as it is written. `parent` is the spec whose `blocks` it stands in, None for a file.

    `code` is what a model file holds that no text can say: only a reader of such files puts it in, on the root; so it
    does `held`, which reads the arrays that the file gives its layers, by their paths, within so many bytes.
    `misspelt` holds the keys that unknown ones were probably meant to be: these are not reported as missing.
    """

    __slots__ = (
        "active", "args", "batch_size", "blocks", "code", "description", "document", "dtype", "entries", "expect",
        "held", "inputs", "misspelt", "name", "node", "outputs", "parent",
    )  # fmt: skip

    def __init__(self, name: str, document: Document, node: MappingNode, parent: ModelSpec | None) -> None:
        self.name = name
        self.document = document
        self.node = node
        self.parent = parent
        self.description = ""
        self.args: dict[str, Node] = {}
        self.inputs: dict[str, Node | None] = {}
        self.entries: list[Entry] = []
        self.outputs: Node | None = None
        self.blocks: dict[str, ModelSpec | None] = {}
        self.dtype: Node | None = None
        self.active: Node | None = None
        self.batch_size: Node | None = None
        self.expect: Node | None = None
        self.misspelt: set[str] = set()
        self.code: HeldCode | None = None
        self.held: Callable[[int | None], dict[str, Any]] | None = None

    def find_block(self, name: str) -> ModelSpec | None:
        """The block of that name in sight: defined here, or in what surrounds this spec."""
        spec: ModelSpec | None = self
        while spec is not None:
            if name in spec.blocks:
                return spec.blocks[name]
            spec = spec.parent
        return None

    def knows_block(self, name: str) -> bool:
        """Whether a block of that name is in sight, even one that could not be read."""
        spec: ModelSpec | None = self
        while spec is not None and name not in spec.blocks:
            spec = spec.parent
        return spec is not None

    def lineage(self) -> Iterator[ModelSpec]:
        """This spec and those that surround it."""
        spec: ModelSpec | None = self
        while spec is not None:
            yield spec
            spec = spec.parent

    @property
    def root(self) -> ModelSpec:
        """The file's own spec, whose arguments every block in it may read."""
        spec = self
        while spec.parent is not None:
            spec = spec.parent
        return spec

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the outputs where the spec gives them, else the text of the references, else `output`."""
        if isinstance(self.outputs, MappingNode):
            return tuple(self.outputs.fields)
        if isinstance(self.outputs, SequenceNode) and len(self.outputs.items) > 1:
            texts = [str(item.value) for item in self.outputs.items if isinstance(item, ScalarNode)]
            return tuple(texts)
        return ("output",)


def has_form(key: str, value: Node) -> bool:
    """Whether a value has the form that a key of a spec needs."""
    if key in ("args", "blocks", "expect"):
        return isinstance(value, MappingNode)
    if key == "layers":
        return isinstance(value, SequenceNode)
    return key in ("outputs", "input", "inputs", "name", "description") or isinstance(value, ScalarNode)


class SpecReader:
    """Reads the specs of one document; what is wrong is added to the document's diagnostics."""

    def __init__(self, document: Document, load: Loader) -> None:
        self.document = document
        self.findings = Findings(document, document.diagnostics)
        self.load = load

    def read(self, name: str) -> ModelSpec | None:
        """The document's model; None where it is no mapping at all."""
        root = self.document.root
        if root is None:
            return None
        if not isinstance(root, MappingNode):
            help: str | Fix = "write `input: [5, 1]`, and below it `layers:` with an entry on each line, `- Flatten`"
            if isinstance(root, SequenceNode):
                from shapecalc.document.fixes import put_under

                words = "write `layers:` above the entries, and above that what they are fed, `input: [5, 1]`"
                help = Fix(words, put_under(self.document, root, "input: [5, 1]\nlayers"), example=True)
            message = "a model spec is a mapping with the keys `input` and `layers`"
            self.findings.error("SC108", message, root, help=help)
            return None
        return self.read_model(self.unwrap_root(root), name, None)

    def unwrap_root(self, root: MappingNode) -> MappingNode:
        """The mapping that holds the model's keys, where another key stands around them all."""
        only = root.only()
        if only is None or only[0].value in MODEL_KEYS or not isinstance(only[1], MappingNode):
            return root
        inner = only[1]
        if not {"layers", "input", "inputs"} & set(inner.fields):
            return root
        from shapecalc.document.edits import unindent_fields

        key = str(only[0].value)
        message = f"a model spec has no key `{shorten(key)}`: what it holds stands at the top"
        words = f"delete `{shorten(key)}:`, and begin the lines below it further to the left"
        help = Fix(words, unindent_fields(self.document, root), safe=True)
        self.findings.error("SC109", message, only[0], help=help)
        return inner

    def read_model(self, node: MappingNode, name: str, parent: ModelSpec | None) -> ModelSpec:
        """The spec in `node`, its blocks included."""
        spec = ModelSpec(name, self.document, node, parent)
        known, owner = (MODEL_KEYS, "a model spec") if parent is None else (BLOCK_KEYS, "a block")
        spec.misspelt = self.check_keys(node, known, owner)
        fields = node.fields
        spec.name = self.read_text(fields.get("name"), "name") or name
        spec.description = self.read_text(fields.get("description"), "description")
        spec.args = self.read_mapping(fields.get("args"), "args", "name: default")
        if self.is_no_mapping(fields.get("args")) and not spec.args:
            spec.misspelt.add("args")
        findings_before = len(self.document.diagnostics)
        spec.inputs = self.read_inputs(node)
        if len(self.document.diagnostics) > findings_before:
            spec.misspelt |= {"input", "inputs"}
        spec.outputs = self.skip_null(fields.get("outputs"))
        spec.dtype = self.skip_null(fields.get("dtype"))
        spec.active = self.skip_null(fields.get("active"))
        spec.batch_size = self.skip_null(fields.get("batch_size"))
        spec.expect = self.skip_null(fields.get("expect"))
        if spec.inputs.get("input") is not fields.get("inputs"):  # a list that was read as the one shape
            self.check_names(fields.get("inputs"))
        if not self.is_no_mapping(fields.get("blocks")):
            self.check_names(fields.get("blocks"))
        if isinstance(spec.outputs, MappingNode):
            self.check_names(spec.outputs)
        for block_name, block in self.read_mapping(fields.get("blocks"), "blocks", "Name: {layers: [...]}").items():
            self.refuse_layer_type(fields["blocks"], block_name)
            spec.blocks[block_name] = self.read_block(block, block_name, spec)
        if self.is_no_mapping(fields.get("blocks")) and not spec.blocks:
            spec.misspelt.add("blocks")
        if "layers" in fields or "layers" not in spec.misspelt:
            spec.entries = self.read_entries(node)
        return spec

    def refuse_layer_type(self, blocks: Node, name: str) -> None:
        """Reports a block with a layer type's name: an entry could mean either."""
        if (name in CATALOGUE or name in ALIASES) and isinstance(blocks, MappingNode):
            message = f"a block cannot be called `{name}`: that is a layer type"
            self.findings.error("SC309", message, self.find_key(blocks, name), help="give it a name of its own")

    def read_block(self, node: Node, name: str, parent: ModelSpec) -> ModelSpec | None:
        """An inline block, or the model of another file."""
        if not isinstance(node, MappingNode):
            message = f"the block `{shorten(name)}` is a mapping with the key `layers`, or `{{file: other.yaml}}`"
            from shapecalc.document.fixes import put_under, write

            if isinstance(node, ScalarNode):
                path = str(node.value)
                is_path = path.endswith(".yaml")
                words = f"write `{shorten(name)}: {{}}`"
                text = f"{{file: {path if is_path else 'other.yaml'}}}"
                help = write(self.document, node, text, words)._replace(safe=is_path, example=not is_path)
            else:
                words = f"write `layers:` below `{shorten(name)}`, and its entries further to the right"
                help = Fix(words, put_under(self.document, node, "layers"), safe=True)
            self.findings.error("SC108", message, node, help=help)
            return None
        if "file" not in node.fields:
            return self.read_model(node, name, parent)
        file = node.fields["file"]
        self.check_keys(node, ("file",), "a block that is a file")
        if not isinstance(file, ScalarNode):
            self.findings.error("SC108", "`file` is the path of another spec", file)
            return None
        return self.load(self.document, file)

    def read_inputs(self, node: MappingNode) -> dict[str, Node | None]:
        """Input names and the nodes of their shapes; in a block a list of names, or nothing, will do."""
        fields = node.fields
        if "input" in fields and "inputs" in fields:
            help = "declare them all under `inputs`"
            self.findings.error(
                "SC109", "`input` and `inputs` cannot both stand here", self.find_key(node, "inputs"), help=help
            )
            both = fields["inputs"]
            return {"input": fields["input"], **(both.fields if isinstance(both, MappingNode) else {})}
        if "input" in fields:
            return self.read_only_input(node, fields["input"])
        inputs = fields.get("inputs")
        if isinstance(inputs, SequenceNode):
            names = [
                item for item in inputs.items if isinstance(item, ScalarNode) and not isinstance(resolve(item), int)
            ]
            if len(names) != len(inputs.items):
                from shapecalc.model.mistakes.declared import read_list_of_inputs

                return read_list_of_inputs(self.findings, self.find_key(node, "inputs"), inputs)
            inputs_by_name: dict[str, Node | None] = {}
            for item in names:
                if item.value in inputs_by_name:
                    help = "give each input a name of its own"
                    self.findings.error("SC304", f"the name `{shorten(item.value)}` stands twice", item, help=help)
                inputs_by_name[str(item.value)] = None
            return inputs_by_name
        declared = self.read_mapping(inputs, "inputs", "name: [5, 1]")
        return dict(declared) if inputs is not None else {"input": None}

    def read_only_input(self, node: MappingNode, shape: Node) -> dict[str, Node | None]:
        """The input of a spec that has one; several, where names stand in it that no input has."""
        if isinstance(shape, MappingNode) and not {"shape", "batch_shape"} & set(shape.fields):
            from shapecalc.model.mistakes.declared import read_named_shapes

            named = read_named_shapes(self.findings, self.find_key(node, "input"), shape)
            if named is not None:
                return named
        return {"input": shape}

    def read_entries(self, node: MappingNode) -> list[Entry]:
        """The entries of `layers`; those without the form of one are reported and left out."""
        layers = node.fields.get("layers")
        if layers is None or self.skip_null(layers) is None:
            missing = "layers" not in node.fields
            message = "there is no key `layers`" if missing else "`layers` is empty"
            self.findings.error("SC311", message, node if missing else self.find_key(node, "layers"), help=_NO_LAYERS)
            return []
        if not isinstance(layers, SequenceNode):
            from shapecalc.model.mistakes.misplaced import refuse_no_list

            refuse_no_list(self.findings, layers)
            return []
        if not layers.items:
            self.findings.error("SC311", "`layers` is empty", self.find_key(node, "layers"), help=_NO_LAYERS)
        entries = []
        for item in layers.items:
            # Most entries are a mapping with one key: nothing to look for.
            only = item.only() if isinstance(item, MappingNode) else None
            entry = self.read_entry(item) if only is None or only[0].value in WIRING else Entry(*only, None)
            if entry is not None:
                entries.append(entry)
        return entries

    def read_entry(self, node: Node) -> Entry | None:
        """An entry with wiring, or one that is a bare type name."""
        if isinstance(node, MappingNode):
            keys = [key for key in node.keys if key.value not in WIRING]
            if len(keys) == 1:
                return Entry(keys[0], node.fields[keys[0].value], node)
        elif isinstance(node, ScalarNode) and isinstance(resolve(node), str):
            return Entry(node, None, None)
        from shapecalc.model.mistakes.misplaced import refuse_no_entry

        refuse_no_entry(self.findings, node)
        return None

    def check_keys(self, node: MappingNode, known: tuple[str, ...], owner: str) -> set[str]:
        """Refuses keys that mean nothing here; gives those that were probably meant."""
        meant = set()
        for event in node.keys:
            key = str(event.value)
            if key not in known:
                guess = FALSE_FRIENDS.get(key) or did_you_mean(key, known)
                guess = guess if guess in known else None
                help: str | Fix = f"the keys are {', '.join(known)}"
                if guess:
                    from shapecalc.document.fixes import suggest

                    meant.add(guess)
                    help = suggest(self.document, event, guess, known)
                    if has_form(guess, node.fields[key]):  # what was meant is read, so that one mistake is one finding
                        node.fields.setdefault(guess, node.fields[key])
                elif key in OF_TRAINING:
                    from shapecalc.document.edits import remove_field

                    words = "delete it: a spec describes a network, and not how it is trained"
                    help = Fix(words, (remove_field(self.document, node, event),))
                self.findings.error("SC109", f"{owner} has no key `{shorten(key)}`", event, help=help)
        return meant

    def check_names(self, node: Node | None) -> None:
        """Refuses keys, or items of a list, that could not stand in a reference; an input may be called `input`."""
        events = node.keys if isinstance(node, MappingNode) else node.items if isinstance(node, SequenceNode) else []
        for event in events:
            fault = name_fault(str(event.value)) if isinstance(event, ScalarNode) and event.value != "input" else None
            if fault:
                meant = suggest_name(event.value if isinstance(event, ScalarNode) else "", "source_1")
                from shapecalc.document.fixes import write

                help = write(self.document, event, meant, "choose another name, such as `{}`", safe=False)
                self.findings.error("SC309", fault, event, help=help)

    def skip_null(self, node: Node | None) -> Node | None:
        """A node that is there, and not null."""
        return None if isinstance(node, ScalarNode) and resolve(node) is None else node

    def read_mapping(self, node: Node | None, key: str, form: str) -> dict[str, Node]:
        """The fields of a mapping that may be absent."""
        if node is None or self.skip_null(node) is None:
            return {}
        if isinstance(node, MappingNode):
            return node.fields
        items = node.items if isinstance(node, SequenceNode) else []
        pairs = [item.only() if isinstance(item, MappingNode) else None for item in items]
        if isinstance(node, SequenceNode) and pairs and all(pairs):
            from shapecalc.model.mistakes.declared import take_dashes_away

            help = Fix("take the dashes away", take_dashes_away(self.document, node), safe=True)
            self.findings.error("SC108", f"`{key}` is a mapping, not a list: `{form}`", node, help=help)
            return {str(pair[0].value): pair[1] for pair in pairs if pair is not None}
        self.findings.error("SC108", f"`{key}` is a mapping: `{form}`", node, help=f"write `{key}: {{{form}}}`")
        return {}

    def is_no_mapping(self, node: Node | None) -> bool:
        """Whether something else stands where a mapping may stand or be left out, which was reported."""
        return self.skip_null(node) is not None and not isinstance(node, MappingNode)

    def read_text(self, node: Node | None, key: str) -> str:
        """Free text that may be absent; a number is taken as it is written."""
        if node is None:
            return ""
        if isinstance(node, ScalarNode):
            return str(node.value)
        self.findings.error("SC108", f"`{key}` is text", node)
        return ""

    def find_key(self, node: MappingNode, key: str) -> Node:
        """The node of a key itself."""
        return next((event for event in node.keys if event.value == key), node)
