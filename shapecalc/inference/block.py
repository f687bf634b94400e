"""The rule of a block: its graph is built for what it is fed, and walked."""

from __future__ import annotations

from shapecalc.diagnostics import Fault, error
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.inference.active import count_active, report_part
from shapecalc.inference.walk import Walk, walk
from shapecalc.layers.base import rule
from shapecalc.layers.values import Inferred, Inner, Tensor
from shapecalc.model.block import Block
from shapecalc.model.builder import build
from shapecalc.model.context import MAX_BLOCKS, MAX_NESTED
from shapecalc.model.declarations import read_declarations
from shapecalc.model.inputs import match_sizes


@rule(Block)
def block(cfg: Block, *feed: Tensor) -> Inferred:
    """What leaves the block's graph, with its nodes as layers within. Raises Fault with what is wrong inside."""
    spec, context = cfg.spec, cfg.context
    if any(spec is outer for outer in context.open_blocks):
        raise ShapeError(
            f"the block `{spec.name}` contains itself", code="SC310", help="a network is finite: use `repeat`"
        )
    if len(context.open_blocks) >= MAX_NESTED:
        raise ShapeError(f"blocks stand in blocks more than {MAX_NESTED} deep", code="SC602", help="nest them less")
    known = context.faults.get((cfg, feed))
    if known is not None:
        raise known
    context.open_blocks.append(spec)
    try:
        walked = _walk_block(cfg, feed)
    except Fault as fault:
        context.faults[cfg, feed] = fault
        raise
    finally:
        context.open_blocks.pop()
    inferred = Inferred(walked.outputs(), inner=_list_inner(walked), walk=walked)
    if walked.graph.active != 1:
        try:
            count_active(inferred)
        except ValueError:
            raise Fault(report_part(walked.graph)) from None
    return inferred


def _walk_block(cfg: Block, feed: tuple[Tensor, ...]) -> Walk:
    """The walk of a block's graph. Raises Fault with what is wrong inside."""
    spec, context = cfg.spec, cfg.context
    message = f"blocks come to more than {MAX_BLOCKS:,} different graphs"
    help = "repeat them with fewer different arguments"
    context.count(0, 1, error("SC602", message, spec.document.span(spec.node), help=help))
    inputs = dict(zip(spec.inputs, feed, strict=True))
    declared, problems, _ = read_declarations(spec, cfg.scope, cfg.dtype)
    if problems:
        raise Fault(*problems)
    scope = cfg.scope | match_sizes(declared, inputs)
    walked = walk(build(spec, scope, inputs, context, cfg.dtype))
    if not walked.is_sound or not walked.outputs():
        from shapecalc.inference.blame import list_findings

        # Without outputs, something in the block could not be read, and was reported where it stands.
        raise Fault(*list_findings(walked))
    return walked


def _list_inner(walked: Walk) -> tuple[Inner, ...]:
    """The nodes of a graph as layers within a layer; a reused one costs its MACs again, and has no weights."""
    return tuple(
        Inner(node.weights_of, inferred, reused=node.weights_of != node.name)
        for node, inferred in zip(walked.graph.nodes, walked.results, strict=True)
        if inferred is not None and node.entry is not None
    )
