"""Python code as a tree, and the lines that it is laid out in, as ruff and Black do."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

WIDTH = 88
INDENT = 4


class Call(NamedTuple):
    """A call: what is called, and its arguments, `name=value` among them."""

    callee: Code
    arguments: tuple[Code, ...]


class Named(NamedTuple):
    """An argument with its name, or an item of a mapping: `name=value`, `"name": value`."""

    name: str
    sign: str
    value: Code


class Group(NamedTuple):
    """Items in brackets: a list, a tuple, a mapping."""

    opening: str
    items: tuple[Code, ...]
    closing: str


Code: TypeAlias = "str | Call | Named | Group"


def keyword(name: str, value: Code) -> Named:
    """An argument that is given by its name."""
    return Named(name, "=", value)


def call(callee: Code, *arguments: Code) -> Call:
    """A call of something with arguments."""
    return Call(callee, arguments)


def sequence(items: list[Code]) -> Code:
    """A list."""
    return Group("[", tuple(items), "]")


def tuple_of(items: list[Code]) -> Code:
    """A tuple; one of a single item keeps its comma."""
    return Group("(", tuple(items), ",)" if len(items) == 1 else ")")


def write_flat(code: Code) -> str:
    """The code on one line."""
    if isinstance(code, str):
        return code
    if isinstance(code, Named):
        return f"{code.name}{code.sign}{write_flat(code.value)}"
    if isinstance(code, Call):
        return f"{write_flat(code.callee)}({', '.join(map(write_flat, code.arguments))})"
    return f"{code.opening}{', '.join(map(write_flat, code.items))}{code.closing}"


def lay_out(before: str, code: Code, after: str = "", indent: int = 0) -> list[str]:
    """The lines of `before`, the code and `after`, each indented; broken at brackets where one line is too short."""
    flat = before + write_flat(code) + after
    if _fits(flat, indent):
        return [" " * indent + flat]
    if isinstance(code, Named):
        return lay_out(f"{before}{code.name}{code.sign}", code.value, after, indent)
    if isinstance(code, Group):
        return _break(before + code.opening, code.items, code.closing.lstrip(",") + after, indent)
    if isinstance(code, Call):
        head = f"{before}{write_flat(code.callee)}("
        if not isinstance(code.callee, Call) or _fits(head, indent):
            return _break(head, code.arguments, ")" + after, indent)
        last = f"({', '.join(map(write_flat, code.arguments))}){after}"
        if _fits(f"){last}", indent):
            return lay_out(before, code.callee, last, indent)
        *lines, opening = lay_out(before, code.callee, "(", indent)
        return lines + _break(opening.strip(), code.arguments, ")" + after, indent)
    return [" " * indent + flat]


def _fits(text: str, indent: int) -> bool:
    return indent + len(text) <= WIDTH


def _break(head: str, items: tuple[Code, ...], tail: str, indent: int) -> list[str]:
    """The items between the lines of an opening and a closing bracket: on one line, or each on its own."""
    inner = indent + INDENT
    joined = ", ".join(map(write_flat, items))
    if _fits(joined, inner):
        body = [" " * inner + joined]
    elif len(items) == 1 and not isinstance(items[0], (str, Named)):
        body = lay_out("", items[0], "", inner)
    else:
        body = [line for item in items for line in lay_out("", item, ",", inner)]
    return [" " * indent + head, *body, " " * indent + tail]
