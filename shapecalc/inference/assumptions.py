"""The assumptions that rules made about sizes that are not numbers, as notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import Diagnostic, Span, note, warning
from shapecalc.dims import is_unknown, symbols
from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from shapecalc.dims import Relation
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.values import Inferred, Tensor
    from shapecalc.model.graph import GraphNode


_BAKED_HELP = "feed it no other size, or export it anew so that the size stays open"


def list_assumptions(walked: Walk | None) -> list[Diagnostic]:
    """A note for each assumption that does not follow from others, at the expression or first layer that needs it."""
    if walked is None:
        return []
    owners: dict[Relation, _Owner] = {}
    for owner in _list_owners(walked, ""):
        owners.setdefault(owner.relation, owner)
    graph = walked.graph
    if not owners and not graph.assumed:
        return []
    from shapecalc.dims.implied import drop_implied

    spans = {relation: graph.document.span(node) for relation, node in graph.assumed.items()}
    texts = drop_implied(dict.fromkeys([*spans, *owners]))
    notes: dict[str, Diagnostic] = {}
    for relation in dict.fromkeys([*spans, *owners]):
        text = texts.get(str(relation))
        if text is not None and text not in notes:
            equal = relation.op == "==" and text == str(relation)
            if relation not in spans and owners[relation].is_broken_promise:
                notes[text] = owners[relation].warn(text)
                continue
            subject, span = ("", spans[relation]) if relation in spans else owners[relation].locate()
            notes[text] = _note(text, equal, subject, span)
    return list(notes.values())


class _Owner(NamedTuple):
    """A node that assumes a relation, and the path of the graph it stands in."""

    relation: Relation
    walk: Walk
    node: GraphNode
    path: str

    def locate(self) -> tuple[str, Span | None]:
        """The path of the node, and where its entry stands."""
        entry = self.node.entry
        return self.path + self.node.name, self.walk.graph.document.span(entry.key) if entry is not None else None

    @property
    def is_broken_promise(self) -> bool:
        """Whether the node is an operator of ONNX that is not fed every size, though its file leaves that open.

        An axis that is shorter than the stretch that is taken of it gives what it has. Unknown sizes are no promise.
        """
        layer, (left, op, right) = self.node.layer, self.relation
        if layer is None or not layer.counts_call or is_unknown(left) or is_unknown(right):
            return False
        return layer.type_name != "onnx.Slice" or op != ">=" or isinstance(left, int)

    def warn(self, text: str) -> Diagnostic:
        """The warning that a size which the file leaves open is not: the node, its tensors and the equation."""
        subject, span = self.locate()
        names = sorted(
            leaf for size in (self.relation.left, self.relation.right) for leaf in symbols(size) if leaf in text
        )
        declared = " and ".join(f"`{name}`" for name in dict.fromkeys(names)) or "an axis"
        fed = ", ".join(str(tensor.shape) for tensor in self.fed())
        given = self.walk.results[self.node.index]
        made = str(given.output.shape) if given is not None and given.outputs else ""
        message = f"the file leaves {declared} open, and this holds for {text} alone"
        notes = (f"fed {fed}, it gives {made}",) if fed and made else ()
        return warning("SC515", message, span, subject=subject, help=_BAKED_HELP, notes=notes)

    def fed(self) -> list[Tensor]:
        """The tensors that the node is fed."""
        return [self.walk.tensor(source) for source in self.walk.sources_of(self.node)]


def _list_owners(walked: Walk, path: str) -> Iterator[_Owner]:
    """Every assumption of a graph; those made within a block belong to the nodes of its graph."""
    for node, inferred in zip(walked.graph.nodes, walked.results, strict=False):
        if inferred is None or not (inferred.inner or inferred.assumes):
            continue
        within = walk_within(inferred) if inferred.inner else None
        if within is not None:
            yield from _list_owners(within[1], f"{path}{node.name}/{within[0]}")
        for relation in list_relations(inferred) if within is None else inferred.assumes:
            yield _Owner(relation, walked, node, path)


def list_relations(inferred: Inferred) -> Iterator[Relation]:
    """What a call assumes, and the calls of layers within it."""
    yield from inferred.assumes
    for part in inferred.inner:
        yield from list_relations(part.inferred)


def _note(text: str, equal: bool, subject: str, span: Span | None) -> Diagnostic:
    help = "give equal sizes one name, or numbers" if equal else "keep to it when the size gets its value"
    return note("SC503", f"assumes {text}", span, subject=subject, help=help)
