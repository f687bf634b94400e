"""Findings for `layers` that is not a list, and for an item of it that does not have the form of an entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Edit, Fix, Label, did_you_mean, shorten
from shapecalc.document.edits import locate, remove_field, replace_node
from shapecalc.document.fixes import suggest
from shapecalc.document.flow import write_flow
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.foreign import NoLayer
from shapecalc.model.mistakes.meant import Meant, collect_values, guess_from_pair, guess_from_values, is_argument
from shapecalc.model.references import WIRING

if TYPE_CHECKING:
    from shapecalc.document.findings import Findings
    from shapecalc.document.nodes import Node

TYPE_KEYS = ("type", "class_name", "layer", "layer_type", "class", "kind", "op", "op_type", "module")
"""Where other notations name the type of a layer."""
INSIDE_KEYS = ("config", "args", "arguments", "params", "parameters", "kwargs", "attributes", "options", "with")
"""Where they put its arguments."""
FEED_KEYS = ("input", "inputs", "bottom", "inbound_nodes", "source", "parents", "connect_to")
"""What they call `from`."""
BESIDE_KEYS = {
    "times": "repeat", "repeats": "repeat", "count": "repeat", "loop": "repeat", "num": "repeat", "number": "repeat",
    "when": "if", "only_if": "if", "condition": "if", "enabled": "if", "call_kwargs": "call", "call_args": "call",
}  # fmt: skip
"""What they call the other keys that stand beside a type."""


def refuse_no_list(findings: Findings, layers: Node) -> None:
    """Reports `layers` that are no list."""
    document = findings.document
    layers_place = locate(document, layers)
    edits: list[Edit] = []
    first = next(iter(layers.keys), None) if isinstance(layers, MappingNode) else layers
    bullet = re.match(r"(?:\d+[.)]|[–—•*+])\s+\S", str(getattr(first, "value", "")))
    if bullet is not None:
        _replace_bullets(findings, layers, layers_place.line, layers_place.end_line)
        return
    odd = re.match("-([\u00a0\u2000-\u200b\u202f\u3000])", str(getattr(first, "value", "")))
    if odd is not None:
        edit = Edit(
            document.file, layers_place.line, layers_place.column + 1, layers_place.line, layers_place.column + 2, " "
        )
        message = f"a space of another kind (U+{ord(odd[1]):04X}) stands after `-`"
        findings.error("SC108", message, layers, help=Fix("type it anew", (edit,), safe=True))
        return
    if isinstance(layers, MappingNode):
        if document.lines[layers.start.line][layers.start.column] != "{":
            edits = _replace_numbers(findings, layers) or _insert_dashes(findings, layers)
        help = Fix("put `- ` in front of each entry", (*edits,), safe=True)
        findings.error("SC108", "`layers` is a list of entries", layers, help=help)
        return
    text = str(layers.value) if isinstance(layers, ScalarNode) else ""
    glued = re.match(r"-+\s*(\w+)", text)
    if glued is None:
        words = "write each entry on a line of its own, with `- ` in front of it"
        edits = [replace_node(document, layers, f"[{text}]")] if re.fullmatch(r"[\w.]+", text) else []
        help = Fix(words, (*edits,), safe=True)
        findings.error("SC108", "`layers` is a list of entries", layers, help=help)
        return
    if document.lines[layers_place.line - 1][: layers_place.column - 1].strip():
        words = f"write `[{glued[1]}]`, or begin the list on a line of its own"
        edits = [replace_node(document, layers, f"[{text.lstrip('- ')}]")] if re.fullmatch(r"-+\s*[\w.]+", text) else []
        help = Fix(words, (*edits,), safe=True)
        findings.error("SC108", "`layers` is a list of entries", layers, help=help)
        return
    for number in range(layers_place.line, layers_place.end_line + 1):
        start = layers_place.column if number == layers_place.line else 1
        dash = re.compile(r"\s*-(?=\w)").match(document.lines[number - 1], start - 1)
        if dash:
            edits.append(Edit(document.file, number, dash.end() + 1, number, dash.end() + 1, " "))
    message = f"a space is missing between `-` and `{glued[1]}`"
    findings.error("SC108", message, layers, help=Fix(f"write `- {glued[1]}`", (*edits,), safe=True))


def _replace_bullets(findings: Findings, layers: Node, first: int, last: int) -> None:
    """Edits that put dashes in place of numbers or bullets."""
    edits = []
    for number in range(first, last + 1):
        sign = re.match(r"\s*(\d+[.)]|[–—•*+])(?=\s)", findings.document.lines[number - 1])
        if sign:
            edits.append(Edit(findings.document.file, number, sign.start(1) + 1, number, sign.end(1) + 1, "-"))
    help = Fix("write `- ` in place of it", (*edits,), safe=True)
    findings.error("SC108", "the items of a list begin with `- `", layers, help=help)


def _replace_numbers(findings: Findings, layers: MappingNode) -> list[Edit]:
    """Edits that put a dash in place of each key, where all are numbers: `1: {Dense: {units: 5}}`."""
    if not all(str(key.value).isdigit() for key in layers.keys):
        return []
    edits = []
    for key in layers.keys:
        start, value = locate(findings.document, key), locate(findings.document, layers.fields[key.value])
        edits.append(Edit(findings.document.file, start.line, start.column, value.line, value.column, "- "))
    return edits


def _insert_dashes(findings: Findings, layers: MappingNode) -> list[Edit]:
    """Edits that put a dash before each key, and move the lines below it as far to the right."""
    edits = []
    for key in layers.keys:
        start = locate(findings.document, key)
        end = locate(findings.document, layers.fields[key.value])
        edits.append(Edit(findings.document.file, start.line, start.column, start.line, start.column, "- "))
        edits += [
            Edit(findings.document.file, number, 1, number, 1, "  ")
            for number in range(start.line + 1, end.end_line + 1)
        ]
    return edits


def refuse_no_entry(findings: Findings, node: Node) -> None:
    """Reports an item of `layers` that is no entry."""
    if isinstance(node, ScalarNode):
        if resolve(node) is None and not node.value:
            words = "name a layer type after it, `- Flatten`, or delete it"
            findings.error("SC108", "this `-` has no entry", node, help=Fix(words, _delete_line(findings, node)))
        else:
            findings.error(
                "SC108",
                f"an entry names a layer type, got {shorten(node.value)}",
                node,
                help="an entry is `- Dense: {units: 5}`",
            )
        return
    if isinstance(node, SequenceNode):
        _report_list(findings, node)
        return
    keys = [key for key in node.keys if key.value not in WIRING]
    if not keys:
        below = f", and `{node.keys[0].value}` below it" if node.keys else ""
        help = f"write the type first, `- Dense: {{units: 5}}`{below}"
        if node.keys:
            help += f"; if `{node.keys[0].value}` is of the entry above, write it without `- `"
        findings.error("SC108", "an entry names a layer type beside its wiring; there is none", node, help=help)
        return
    _report_several_keys(findings, node, keys)


def _delete_line(findings: Findings, node: ScalarNode) -> tuple[Edit, ...]:
    """An edit that deletes the line of a lone dash."""
    start = locate(findings.document, node)
    for number in (start.line, start.line - 1):
        if number >= 1 and re.fullmatch(r"\s*-\s*", findings.document.lines[number - 1]):
            return (Edit(findings.document.file, number, 1, number + 1, 1, ""),)
    return ()


def _report_list(findings: Findings, node: SequenceNode) -> None:
    first = node.items[0] if node.items else None
    if (
        len(node.items) == 1
        and first is not None
        and findings.document.lines[node.start.line][node.start.column] == "-"
    ):
        inner = locate(findings.document, first)
        dash = Edit(findings.document.file, node.start.line + 1, node.start.column + 1, inner.line, inner.column, "")
        help = Fix("delete one of them", (dash,), safe=True)
        findings.error("SC108", "an entry begins with one `- `, not two", node, help=help)
        return
    words: str | Fix = "an entry is `- Dense: {units: 5}`"
    if isinstance(first, ScalarNode) and isinstance(resolve(first), str):
        rest = SequenceNode()
        rest.items, rest.start = node.items[1:], node.start
        meant = guess_from_pair(str(first.value), rest if rest.items else None, None)
        if isinstance(meant, Meant):
            edits = (replace_node(findings.document, node, meant.text),) if meant.complete else ()
            words = Fix(meant.help, edits, meant.safe)
    findings.error("SC108", "an entry is one type with its arguments, got a list", node, help=words)


def _report_several_keys(findings: Findings, node: MappingNode, keys: list[ScalarNode]) -> None:
    """Report several keys that are not wiring: another notation's, an argument beside its type, or two types."""
    named = next((key for key in keys if key.value in TYPE_KEYS and _is_type(node.fields[key.value])), None)
    if named is not None:
        _report_other_notation(findings, node, named)
        return
    types = [key for key in keys if key.value in CATALOGUE or str(key.value)[:1].isupper()] or keys[:1]
    first = types[0]
    second = next(key for key in keys if key is not first)
    label = Label(findings.document.span(first), "the type")
    message = f"an entry has one type; `{shorten(first.value)}` and `{shorten(second.value)}` stand side by side"
    guess = None
    if not is_argument(str(first.value), str(second.value)):
        guess = "from" if second.value in FEED_KEYS else did_you_mean(str(second.value), sorted(WIRING), BESIDE_KEYS)
    if guess:
        value = node.fields[second.value]
        text = f": {shorten(write_flow(collect_values(value)))}" if collect_values(value) is not None else ""
        help = suggest(findings.document, second, guess, sorted(WIRING))
        help = help._replace(help=f"write `{guess}{text}`") if guess == "from" else help
        findings.error("SC109", message, second, help=help, labels=(label,))
    elif first.value == "reuse":
        words = f"a layer that is reused has its arguments already: delete `{shorten(second.value)}`"
        fix = Fix(words, (remove_field(findings.document, node, second),))
        findings.error("SC109", message, second, help=fix, labels=(label,))
    elif second.value == "else":
        words = "put it in an entry of its own, below, with the contrary: `if: not ...`"
        findings.error("SC109", message, second, help=words, labels=(label,))
    elif len(types) > 1:
        findings.error("SC109", message, types[1], help="put each layer in an entry of its own", labels=(label,))
    else:
        _report_arguments_beside(findings, node, first, [key for key in keys if key is not first], message, label)


def _report_arguments_beside(
    findings: Findings, node: MappingNode, first: ScalarNode, beside: list[ScalarNode], message: str, label: Label
) -> None:
    inside = collect_values(node.fields[first.value])
    args: dict[str, Any] = inside if isinstance(inside, dict) else {}
    args |= {str(key.value): collect_values(node.fields[key.value]) for key in beside}
    meant = Meant(str(first.value), args)
    help = Fix(f"arguments stand inside: `{meant.text}`", _rewrite(findings, node, meant), safe=True)
    findings.error("SC109", message, beside[0], help=help, labels=(label,))


def _report_other_notation(findings: Findings, node: MappingNode, named: ScalarNode) -> None:
    """Report `type: LSTM`, with its arguments beside it or under a key of their own."""
    kind = str(node.fields[named.value].value)  # type: ignore[union-attr]  # it was seen to be a scalar
    args: dict[str, Any] = {}
    feed = ""
    for key, value in node.fields.items():
        if key == named.value or key in WIRING:
            continue
        if key in INSIDE_KEYS and isinstance(value, MappingNode):
            args |= collect_values(value)
        elif key in FEED_KEYS and not is_argument(kind, key):
            feed = str(key)
        else:
            args[key] = collect_values(value)
    meant = guess_from_values(kind, args, None)
    message = f"an entry has its type as its key: `{shorten(kind)}`"
    if isinstance(meant, NoLayer):
        findings.error("SC108", message, named, help=meant.way_out)
        return
    whole = meant or Meant(kind, args)
    edits = _rewrite(findings, node, whole, feed)
    help = whole.help + (
        f", and what it is fed below it, as `from: {write_flow(collect_values(node.fields[feed]))}`" if feed else ""
    )
    findings.error("SC108", message, named, help=Fix(help, edits, whole.safe))


def _rewrite(findings: Findings, node: MappingNode, meant: Meant, feed: str = "") -> tuple[Edit, ...]:
    """An edit that writes the item with its type and arguments in one line, and its wiring below that."""
    if not meant.complete:
        return ()
    wiring = [(key, value) for key, value in node.fields.items() if key in WIRING]
    if feed:
        wiring.append(("from", node.fields[feed]))
    start = locate(findings.document, node)
    lines = [meant.text if meant.args or not wiring else f"{meant.text}:"]
    lines += [f"{key}: {write_flow(collect_values(value))}" for key, value in wiring]
    flow_style = findings.document.lines[node.start.line][node.start.column] == "{"
    text = "{" + ", ".join(lines) + "}" if flow_style else ("\n" + " " * (start.column - 1)).join(lines)
    return (Edit(findings.document.file, *start, text),)


def _is_type(node: Node) -> bool:
    if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
        return False
    return (
        node.value in CATALOGUE or str(node.value)[:1].isupper() or did_you_mean(str(node.value), CATALOGUE) is not None
    )
