"""The rounds of a repeated entry: their loop variables, and what each is fed by the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fix, shorten
from shapecalc.document.nodes import MappingNode
from shapecalc.layers.arguments.numbers import read_whole
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, port_name
from shapecalc.model.block import Block
from shapecalc.model.context import MAX_NODES
from shapecalc.model.references import Reference
from shapecalc.model.values import UNREAD

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.layers.values import FeedOf
    from shapecalc.model.values import Values


def read_rounds(values: Values, node: Node) -> list[dict[str, Any]] | None:
    """The loop variables of each round, from what stands at `repeat`; None where something was reported."""
    value = values.read(node)
    if value is UNREAD:
        return None
    findings = values.findings
    lists: dict[str, Any] = {}
    for name, steps in (value if isinstance(value, dict) else {"": value}).items():
        if isinstance(steps, (list, tuple)) and name:
            lists[name] = steps
        elif not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
            from shapecalc.document.fixes import write
            from shapecalc.model.mistakes.values import suggest_value

            meant = suggest_value(steps, lambda guess: read_whole(guess, 0, ""), values.scope)
            help: str | Fix = "write a whole number, `{i: 12}` or `{f: [16, 32]}`"
            if isinstance(steps, (list, tuple)):
                help = "give the list a name, as in `{f: [16, 32]}`, by which `$f` reads its values"
            elif meant is not None:
                held = node.fields.get(name, node) if isinstance(node, MappingNode) else node
                words = f"write `{{{name}: {{}}}}`" if name else "write `{}`"
                help = write(values.document, held, meant.text, words, safe=meant.safe)
            findings.error("SC308", f"`repeat` must be a number of rounds, got {as_yaml(steps)}", node, help=help)
            return None
        elif steps > MAX_NODES:
            message = f"`repeat` of {shorten(steps)} is beyond the limit of {MAX_NODES:,}"
            findings.error("SC602", message, node, help="repeat less often")
            return None
        else:
            lists[name] = range(steps)
    if not lists:
        from shapecalc.document.fixes import write_example

        help = write_example(values.document, node, "{i: 12}")
        findings.error("SC308", "`repeat` must have at least one loop variable", node, help=help)
        return None
    if len({len(steps) for steps in lists.values()}) != 1:
        lengths = ", ".join(f"{name} {len(steps)}" for name, steps in lists.items())
        findings.error("SC308", f"lists that repeat in step are of one length; here: {lengths}", node)
        return None
    return [dict(zip(lists, step, strict=True)) for step in zip(*lists.values(), strict=True)]


def feed_next_round(
    before: Layer | None, layer: Layer | None, last: Reference, feed: FeedOf[Reference]
) -> FeedOf[Reference]:
    """The feed of the next round: `feed`, that of the round before, with the outputs of its layer `before` put in.

    `last` is the first of these. Outputs go to inputs of the same name, or else the first to the first. A layer
    without inputs is fed the same.
    """
    if layer is not None and not layer.ports:
        return feed
    outputs = before.spec.output_names if isinstance(before, Block) else ()
    ports = [port_name(port) for port in layer.ports] if layer is not None else []
    same = {port: Reference(last.node, port) for port in ports if port in outputs}
    if same:
        return tuple(same.get(port, fed) for port, fed in zip(ports, feed, strict=False))
    first = feed[0] if feed else None
    if first and not isinstance(first, Reference):  # a port that takes many
        return ((last, *first[1:]), *feed[1:])
    return (last, *feed[1:])
