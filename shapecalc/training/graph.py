"""A walked graph run on a tape, node by node: what each layer keeps, and what it shares with those before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size, add_up
from shapecalc.inference.batch import put_in_batch
from shapecalc.inference.walk import Source
from shapecalc.layers.values import FeedOf
from shapecalc.model.feeds import flatten
from shapecalc.training.array import Array, Storage, make_array
from shapecalc.training.keeping import run_layer
from shapecalc.training.tape import Step, Tape

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred
    from shapecalc.model.graph import GraphNode

Masks = tuple[Array | None, ...]


def train(walked: Walk, batch: Size = 1, checkpoints: frozenset[str] = frozenset()) -> Tape:
    """The tape of a model: what its layers keep, for `batch` samples where the batch size is unknown.

    The model's inputs need no gradient. `checkpoints` names blocks, by type or path, that run again for the backward
    pass and keep their inputs alone.
    """
    tape = Tape(run_graph, checkpoints)
    inputs: list[Array] = []
    for position, tensor in enumerate(walked.graph.inputs):
        shape = Shape([put_in_batch(size, batch) for size in tensor.shape])
        inputs.append(make_array(walked.graph.nodes[position].name, shape, tensor.dtype or "float32"))
    run_graph(tape, walked, tuple(inputs), ())
    return tape


def run_graph(tape: Tape, walked: Walk, feed: FeedOf[Array], masks: FeedOf[Array]) -> tuple[Array, ...]:
    """The arrays that leave a graph, which is fed `feed` with its masks."""
    run = _Run(tape, walked)
    for position, array in enumerate(flatten(feed, Array)):
        mask = masks[position] if position < len(masks) else None
        run.outputs.append((array,))
        run.masks.append((mask if isinstance(mask, Array) else None,))
    nodes = list(zip(walked.graph.nodes, walked.results, strict=False))
    for node, inferred in nodes[len(run.outputs) :]:
        if inferred is not None:
            run.run_node(node, inferred)
    return tuple(run.outputs[source.node][source.position] for source in walked.output_sources().values())


class _Run:
    """One run of a graph: the arrays that its nodes gave so far, and their masks."""

    def __init__(self, tape: Tape, walked: Walk) -> None:
        self.tape = tape
        self.walked = walked
        self.outputs: list[tuple[Array, ...]] = []
        self.masks: list[Masks] = []

    def run_node(self, node: GraphNode, inferred: Inferred) -> None:
        """Runs one node, whose sources have run."""
        assert node.layer is not None
        sources = self.walked.source_feed_of(node)
        feed = _gather(sources, self.outputs)
        masks = self.choose_masks(node.layer, feed, _gather(sources, self.masks))
        tape, outer = self.tape, (self.tape.path, self.tape.owner)
        tape.path, tape.owner = _join(outer[0], node.name), _join(outer[1], node.weights_of)
        is_graph = inferred.walk is not None
        if is_graph and not tape.checkpoints.isdisjoint((node.layer.type_name, tape.path)):
            outputs = self.run_checkpointed(node, inferred, feed, masks)
        elif is_graph or tape.in_step:
            outputs = run_layer(tape, node.layer, inferred, feed, masks)
        else:
            outputs = self.run_step(node, inferred, feed, masks)
        tape.path, tape.owner = outer
        self.outputs.append(outputs)
        self.masks.append(self.pass_masks(node, inferred, flatten(masks, Array)))
        if node.layer.type_name == "MultiHeadAttention":  # which takes the masks off its inputs
            for source in flatten(sources, Source):
                given = list(self.masks[source.node])
                given[source.position] = None
                self.masks[source.node] = tuple(given)

    def run_step(
        self, node: GraphNode, inferred: Inferred, feed: FeedOf[Array], masks: FeedOf[Array]
    ) -> tuple[Array, ...]:
        """Runs a layer, and notes what it keeps that none before it keeps."""
        assert node.layer is not None
        tape = self.tape
        saved, pinned = len(tape.saved), len(tape.pinned)
        tape.in_step, tape.borrowed, tape.worked = True, 0, 0
        outputs = run_layer(tape, node.layer, inferred, feed, masks)
        tape.in_step = False
        tape.steps.append(
            Step(
                tape.path,
                feed,
                masks,
                outputs,
                _list_new(tape.saved, saved),
                _list_new(tape.pinned, pinned),
                inferred,
                tape.owner,
                bool(tape.scopes) and tape.scope.frozen,
                borrowed=tape.borrowed,
                worked=tape.worked,
            )
        )
        return outputs

    def run_checkpointed(
        self, node: GraphNode, inferred: Inferred, feed: FeedOf[Array], masks: FeedOf[Array]
    ) -> tuple[Array, ...]:
        """Runs a block of which only the inputs are kept; what is within is kept while its backward pass runs."""
        assert node.layer is not None
        tape = self.tape
        inside = Tape(tape.run_graph)
        inside.scopes, inside.path, inside.owner = list(tape.scopes), tape.path, tape.owner
        outputs = run_layer(inside, node.layer, inferred, feed, masks)
        fed = tuple(flatten(feed, Array))
        before = len(tape.saved)
        for array in fed:
            tape.save(array)
        frozen = bool(tape.scopes) and tape.scope.frozen
        recomputed = add_up(storage.bytes for storage in inside.saved if storage not in tape.saved)
        saved = _list_new(tape.saved, before)
        tape.steps.append(Step(tape.path, feed, masks, outputs, saved, {}, inferred, tape.owner, frozen, recomputed))
        return outputs

    def choose_masks(self, layer: Layer, feed: FeedOf[Array], masks: FeedOf[Array]) -> FeedOf[Array]:
        """The masks that a layer is called with.

        A layer that makes a mask computes it twice in Keras: as an attribute of what it gives, and as a node of the
        graph. A layer that takes a mask is given the node, if it is fed nothing else, in its own dtype.
        """
        alone = len(feed) == 1 and isinstance(feed[0], Array) and feed[0].dtype == layer.compute_dtype
        if alone and "mask?" in layer.ports and isinstance(masks[0], Array):
            return (self.tape.twins.get(masks[0].storage, masks[0]),)
        return masks

    def pass_masks(self, node: GraphNode, inferred: Inferred, came: Sequence[Array]) -> Masks:
        """The masks of what a node gives: the one that came, unless the layer makes one."""
        kind = "" if node.layer is None else node.layer.type_name
        makes = node.layer is not None and node.layer.masking == "make"
        makes = makes or kind in JOINING or (len(came) > 1 and kind in ADDING)
        made, self.tape.made = self.tape.made, None

        def find(mask: Shape | None, output: Array) -> Array | None:
            if mask is None:
                return None
            same = None if makes else next((each for each in came if each.ndim == mask.ndim), None)
            if same is not None:
                return same
            mine, twin = (make_array("mask", (output.shape[0], *mask[1:]), "bool") for _ in range(2))
            mine = mine if made is None else made
            self.tape.twins[mine.storage] = twin
            return mine

        outputs = self.outputs[-1]
        return tuple(
            find(tensor.mask, output) for tensor, output in zip(inferred.outputs.values(), outputs, strict=True)
        )


JOINING = ("Multiply", "Maximum", "Minimum", "Concatenate")
"""The types that make a mask of those that come, even of one."""

ADDING = ("Add", "Subtract", "Average")
"""The types that make a mask of several."""


def _join(outer: str, name: str) -> str:
    """The path of a node in the block of a path."""
    return f"{outer}/{name}" if outer else name


def _gather(sources: FeedOf[Source], given: Sequence[tuple[Array | None, ...]]) -> FeedOf[Array]:
    """What stands at each source of a feed, port by port."""

    def take(source: Source) -> Array | None:
        return given[source.node][source.position]

    return tuple(
        None if port is None else take(port) if isinstance(port, Source) else tuple(take(source) for source in port)  # type: ignore[misc]  # of several some may have no mask
        for port in sources
    )


def _list_new(noted: dict[Storage, str], before: int) -> dict[Storage, str]:
    """What was noted after the first `before`, read from the end: what came before may be much."""
    return dict(reversed(list(islice(reversed(noted.items()), len(noted) - before))))
