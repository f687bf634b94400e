"""The body of a function while it is written: its statements, its variables, and what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.keras.writing.code.arguments import Expressions, reads_names
from shapecalc.formats.keras.writing.code.layout import INDENT, Code, lay_out
from shapecalc.formats.keras.writing.code.plan import Plan, Plans, identifier
from shapecalc.model.declarations import read_declarations
from shapecalc.model.values import Values

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.module import Module
    from shapecalc.model.spec import ModelSpec


class Body:
    """The statements of one spec's function.

    `names` are the Python names of what `$name` reads, `inputs` the variables of inputs, `chain` the variable of what
    nothing refers to by name, `prev` the code of `prev`, `above` the entry that it is, if any, `repeat` the rounds of
    the present entry.
    """

    def __init__(self, module: Module, spec: ModelSpec) -> None:
        self.module = module
        self.spec = spec
        self.plans = Plans(spec, module.uses)
        self.lines: list[str] = []
        self.loop_variables: dict[str, str] = {}
        self.indent = INDENT
        self.names = {name: module.parameter(name) for name in (*module.extras(spec), *spec.args)}
        self.taken = {*self.names.values(), *module.reserved}
        self.inputs = {name: self.fresh("inputs" if name == "input" else name) for name in spec.inputs}
        self.add_defaults()
        self.add_sizes()
        self.chain = self.fresh("x")
        self.name_variables()
        self.prev = next(iter(self.inputs.values())) if len(self.inputs) == 1 else ""
        self.repeat: Node | None = None
        self.above: Plan | None = None

    def fresh(self, name: str) -> str:
        """A variable like `name` that is not taken; from now on it is."""
        base = identifier(name)
        base = variable = f"{base}_out" if base in self.module.functions.values() else base
        count = 1
        while variable in self.taken:
            count += 1
            variable = f"{base}_{count}"
        self.taken.add(variable)
        return variable

    def name_variables(self) -> None:
        """Gives each entry the variable of its output: one of its own where something refers to it by name."""
        for plan in self.plans.all:
            is_own = plan.name is not None and (plan.is_named or plan.rounds or plan.is_unpacked or plan.is_list)
            plan.variable = self.fresh(plan.name) if is_own and plan.name is not None else self.chain

    def add_defaults(self) -> None:
        """A statement for each default that reads other arguments."""
        scopes = self.module.uses.scopes_of(self.spec)
        for name, default in self.spec.args.items():
            if reads_names(default) and self.spec is not self.module.root:
                variable = self.names[name]
                self.add(f"if {variable} is None:")
                self.indent += INDENT
                # Where it is given, the default is not what it comes to.
                own = [scope for scope in scopes if scope[name] == Values(self.spec, scope, []).read(default)]
                self.add(f"{variable} = ", Expressions(self.spec, self.names, own).write(default))
                self.indent -= INDENT

    def add_sizes(self) -> None:
        """A variable for each declared size that an expression of the spec reads."""
        scopes = self.module.uses.scopes_of(self.spec)
        declared = read_declarations(self.spec, scopes[0] if scopes else {}, "float32").inputs
        read = self.module.names_read(self.spec)
        for name, declaration in declared.items():
            sizes = [declaration.batch, *(declaration.shape or ())]
            for axis, size in enumerate(sizes):
                if not isinstance(size, str) or size in self.names or size not in read:
                    continue
                self.names[size] = self.fresh(size)
                if self.spec is self.module.root:
                    continue
                position = axis - len(sizes) if ... in sizes[:axis] else axis
                self.add(f"{self.names[size]} = {self.inputs[name]}.shape[{position}]")

    def add(self, before: str, code: Code = "", after: str = "") -> None:
        """A statement, at the present depth."""
        self.lines += lay_out(before, code, after, self.indent)

    def expressions(self) -> Expressions:
        """What writes the values of the present entry."""
        return Expressions(self.spec, self.names, self.module.uses.scopes_in(self.spec, self.repeat))

    def code_of(self, plan: Plan, port: str) -> str:
        """The code of one output of an entry."""
        position = plan.ports.index(port)
        if plan.is_list:
            return f"{plan.variable}[{position}]"
        return plan.variable if position == 0 else f"{plan.variable}_{port}"

    def variable_of(self, plan: Plan) -> str:
        """The variable of an entry's layer; of a repeated one that of the last round."""
        return f"{identifier(plan.name or '')}_layer"

    def layer_of(self, text: str) -> str:
        """The code of a layer above."""
        plan, number = self.plans.find_target(text)
        return f"{plan.variable}_layers[{number}]" if number else self.variable_of(plan)
