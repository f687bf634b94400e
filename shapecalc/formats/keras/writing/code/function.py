"""A spec as a function: a statement or two for each entry, a loop for `repeat`, an `if` for `if`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.document.nodes import MappingNode, SequenceNode
from shapecalc.formats.keras.writing.code.arguments import Expressions, reads_names
from shapecalc.formats.keras.writing.code.body import Body
from shapecalc.formats.keras.writing.code.calls import Calls
from shapecalc.formats.keras.writing.code.layout import INDENT, Code, call
from shapecalc.formats.keras.writing.code.literals import write_list
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.formats.keras.writing.code.plan import Fed, Plan, list_texts
from shapecalc.layers.base import port_name
from shapecalc.model.block import Block
from shapecalc.model.feeds import sort_into_ports
from shapecalc.model.references import ALL
from shapecalc.model.values import Values

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.module import Module
    from shapecalc.model.spec import ModelSpec


class FunctionWriter(Body):
    """Writes one spec as a function."""

    def __init__(self, module: Module, spec: ModelSpec) -> None:
        super().__init__(module, spec)
        self.calls = Calls(self)

    def add_entries(self) -> None:
        """The statements of all entries."""
        for plan in self.plans.all:
            self.repeat = plan.wiring("repeat")
            before = dict(self.names)
            if self.repeat is not None:
                self.add_rounds(plan, self.repeat)
            else:
                self.add_call(plan, self.feed(plan), "")
            self.names = before
            self.prev, self.above = self.code_of(plan, plan.ports[0]), plan

    def add_call(self, plan: Plan, fed: Fed, round_name: str) -> None:
        """One call, under the `if` that stands beside it."""
        condition = plan.wiring("if")
        if condition is None:
            self.calls.add(plan, fed, round_name)
            return
        first = "" if self.repeat is not None else self.first_fed(plan)
        is_other = first not in ("", plan.variable)
        if is_other and (plan.is_unpacked or plan.is_list):
            raise NoForm("several outputs of an entry with `if` have no form in Python")
        must_wait = is_other and plan.variable in _list_codes(fed)
        if is_other and not must_wait:
            self.add(f"{plan.variable} = {first}")
        self.add("if ", self.expressions().write(condition), ":")
        self.indent += INDENT
        self.calls.add(plan, fed, round_name)
        self.indent -= INDENT
        if must_wait:
            self.add("else:")
            self.indent += INDENT
            self.add(f"{plan.variable} = {first}")
            self.indent -= INDENT

    def add_rounds(self, plan: Plan, repeat: Node) -> None:
        """A loop over the rounds of an entry, each fed by the one before."""
        fed = self.feed(plan)
        if plan.rounds and plan.wiring("if") is not None:
            raise NoForm("rounds that are referred to and may be skipped have no form in Python")
        if plan.rounds:
            self.add(f"{plan.variable}_rounds = []")
        if plan.layers:
            self.add(f"{plan.variable}_layers = []")
        fed = self.start_rounds(plan, fed)
        index = self.loop(plan, repeat)
        self.indent += INDENT
        self.add_call(plan, fed, index)
        if plan.rounds:
            outputs = [self.code_of(plan, port) for port in plan.ports] if plan.is_unpacked else [plan.variable]
            kept = outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"
            self.add(f"{plan.variable}_rounds.append({kept})")
        self.indent -= INDENT

    def start_rounds(self, plan: Plan, fed: Fed) -> Fed:
        """Sets what the rounds hand on to what the first is fed; gives the feed of every round."""
        if not fed:
            return fed
        outputs = self.output_names(plan)
        same = [name for name in fed if name in outputs]
        handed = {name: self.code_of(plan, name) for name in same}
        if not same:
            first = next(iter(fed))
            handed = {first: self.code_of(plan, plan.ports[0])}
        starts = {name: fed[name] for name in handed}
        firsts = {name: item[0] if isinstance(item, list) else item for name, item in starts.items()}
        rest = {name: item[1:] if name in handed else item for name, item in fed.items()}
        rest = {name: item for name, item in rest.items() if name not in handed or isinstance(fed[name], list)}
        kept = {
            variable: self.fresh(f"{variable}_before") for variable in handed.values() if variable in _list_codes(rest)
        }
        for variable, before in kept.items():
            self.add(f"{before} = {variable}")
        fed = {name: _replace_codes(item, kept) for name, item in fed.items()}
        changed = [name for name in handed if handed[name] != firsts[name]]
        if changed:
            targets = ", ".join(handed[name] for name in changed)
            self.add(f"{targets} = {', '.join(str(firsts[name]) for name in changed)}")
        new = {
            name: [handed[name], *item[1:]] if isinstance(item := fed[name], list) else handed[name] for name in handed
        }
        return {**fed, **new}

    def output_names(self, plan: Plan) -> tuple[str, ...]:
        """The names by which a block's rounds hand on their outputs."""
        nodes = self.module.uses.nodes_of(plan.entry)
        layer = nodes[0][0].layer if nodes else None
        return layer.spec.output_names if isinstance(layer, Block) else ()

    def loop(self, plan: Plan, repeat: Node) -> str:
        """The head of a loop; gives the variable that counts its rounds, or nothing where no name needs it."""
        writer = Expressions(self.spec, self.names, self.module.uses.scopes_of(self.spec))
        fields: dict[str, Node] = repeat.fields if isinstance(repeat, MappingNode) else {"": repeat}
        series = {name: self.series(writer, node) for name, node in fields.items()}
        variables = {name: self.loop_variable(name) for name in fields if name}
        self.names = {**self.names, **variables}
        counts = [variables[name] for name, (_, is_count) in series.items() if is_count and name]
        codes = [code for code, _ in series.values()]
        steps = codes[0] if len(codes) == 1 else call("zip", *codes)
        listed = ", ".join(variables.values())
        if plan.is_reuse and variables:
            self.add(f"for {listed} in ", steps, ":")
            return ""
        if not variables or (counts and len(variables) == 1):
            index = counts[0] if counts else "_" if plan.is_reuse else self.loop_variable("i")
            self.add(f"for {index} in ", steps, ":")
            return index
        if counts:
            self.add(f"for {listed} in ", steps, ":")
            return counts[0]
        index = self.loop_variable("round" if "i" in fields else "i")
        self.add(f"for {index}, {listed if len(variables) == 1 else f'({listed})'} in ", call("enumerate", steps), ":")
        return index

    def loop_variable(self, name: str) -> str:
        """A variable for the rounds of one entry: that of a loop above does again."""
        if name not in self.loop_variables:
            self.loop_variables[name] = self.fresh(name)
        return self.loop_variables[name]

    def series(self, writer: Expressions, node: Node) -> tuple[Code, bool]:
        """What a loop variable runs over, and whether it counts."""
        values = [self.value_in(node, scope) for scope in writer.scopes[:1]]
        if values and isinstance(values[0], dict):
            raise NoForm("a `repeat` that is read from an argument as a mapping has no form in Python")
        is_count = not isinstance(values[0], (list, tuple)) if values else not isinstance(node, SequenceNode)
        if is_count:
            return call("range", writer.write(node)), True
        return (writer.write(node) if reads_names(node) else write_list(writer.read(node))), False

    def value_in(self, node: Node, scope: dict[str, Any]) -> Any:
        """The value of a node in a scope."""
        return Values(self.spec, scope, []).read(node)

    def feed(self, plan: Plan) -> Fed:
        """What an entry is fed, by port: code, or a list of it for a port that takes many."""
        ports = self.module.ports_of(self.spec, plan, self.plans)
        if ports is None:
            return {}
        source = plan.wiring("from")
        named: dict[str, list[str]] | None = None
        items: list[str] = []
        if isinstance(source, MappingNode):
            named = {name: self.read_references(node) for name, node in source.fields.items()}
        else:
            items = [self.prev] if source is None else self.read_references(source)
        fed: Fed = {}
        for port, item in zip(ports, sort_into_ports(ports, items, named), strict=False):
            if item is not None and item != ():
                fed[port_name(port)] = list(item) if isinstance(item, tuple) else item
        return fed

    def first_fed(self, plan: Plan) -> str:
        """The first tensor that an entry is fed."""
        texts = list_texts(plan.wiring("from")) or ["prev"]
        return self.resolve(texts[0])[0]

    def read_references(self, node: Node) -> list[str]:
        """The code of the outputs that stand at a node."""
        return [code for text in list_texts(node) for code in self.resolve(text)]

    def resolve(self, text: str) -> list[str]:
        """The code of what a reference means."""
        base, dot, port = text.partition(".")
        name, _, number = base.partition("/")
        if name in self.inputs:
            return [self.inputs[name]]
        if name == "prev":
            if not dot:
                return [self.prev]
            plan = self.above
            assert plan is not None
        else:
            plan = self.plans.by_name[name]
        if number:
            return [self.round_of(plan, number, port)]
        if port == ALL:
            return [self.code_of(plan, each) for each in plan.ports]
        return [self.code_of(plan, plan.ports[plan.port_at(port)] if dot else plan.ports[0])]

    def round_of(self, plan: Plan, number: str, port: str) -> str:
        """The code of an output of one round, or of all rounds."""
        item = f"[{plan.port_at(port) if port else 0}]" if plan.is_unpacked or plan.is_list else ""
        rounds = f"{plan.variable}_rounds"
        if number != ALL:
            return f"{rounds}[{number}]{item}"
        return f"*[each{item} for each in {rounds}]" if item else f"*{rounds}"

    def outputs(self) -> list[str]:
        """The code of what leaves the spec, in order."""
        node = self.spec.outputs
        texts = list_texts(node) or ["prev"]
        if len(texts) == 1 and "." not in texts[0]:
            plan = self.plans.all[-1] if texts[0] == "prev" else self.plans.by_name.get(texts[0].partition("/")[0])
            if plan is not None and "/" not in texts[0]:
                return [self.code_of(plan, port) for port in plan.ports]
        return [code for text in texts for code in self.resolve(text)]


def _list_codes(fed: Fed) -> list[str]:
    """The code of every tensor of a feed."""
    return [code for item in fed.values() for code in (item if isinstance(item, list) else [item])]


def _replace_codes(item: str | list[str], replaced: dict[str, str]) -> str | list[str]:
    """What a port is fed, with some variables in place of others."""
    return [replaced.get(code, code) for code in item] if isinstance(item, list) else replaced.get(item, item)
