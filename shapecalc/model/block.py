"""Layers that are not in the catalogue: a block, whose rule walks a graph, and a layer above called again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.dims import Shape
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Inner, Tensor

if TYPE_CHECKING:
    from shapecalc.model.context import Context
    from shapecalc.model.spec import ModelSpec


class Block(Layer):
    """A sub-model as a layer: a spec with the values of its arguments. Its rule is in inference/block.py.

    `scope` holds what `$name` reads in it: the model's arguments and its own. `type_name` is its name in the spec that
    uses it, whatever its own file says.
    """

    may_be_empty = True  # the layers in it judge what they are fed

    def __init__(self, spec: ModelSpec, scope: dict[str, Any], context: Context, type_name: str, **values: Any) -> None:
        super().__init__(**values)
        self.spec = spec
        self.scope = scope
        self.context = context
        self.type_name = type_name
        self.ports = tuple(spec.inputs)  # type: ignore[misc]  # a block's ports are its own, not its class's

    def replace(self, **values: Any) -> Layer:
        """A copy with other values of the block's arguments, or of `name`, `trainable` and `dtype`."""
        copy = Block(self.spec, dict(self.scope), self.context, self.type_name)
        own = {key: value for key, value in values.items() if key in self.spec.args}
        copy.__dict__.update(self.__dict__ | {key: value for key, value in values.items() if key not in own})
        copy.scope = self.scope | own
        return copy

    def walk_fed(self, shapes: list[tuple[tuple[int, ...], str, tuple[int, ...] | None]]) -> Any:
        """The walk of this block's graph fed with arrays of these shapes, dtypes and masks."""
        return infer(
            self, tuple(Tensor(Shape(shape), dtype, mask is not None and Shape(mask)) for shape, dtype, mask in shapes)
        ).walk


class Reuse(Layer):
    """A layer above, standing within another: `{reuse: NAME}`. `path` is its name in the graph they share."""

    masking = "pass"

    def __init__(self, layer: Layer, path: str) -> None:
        super().__init__(layer=layer, path=path, name=path)
        self.layer = layer
        self.path = path
        self.type_name = layer.type_name
        self.ports = layer.ports  # type: ignore[misc]  # as the layer it stands for


@rule(Reuse)
def reuse(cfg: Reuse, *feed: Tensor) -> Inferred:
    inferred = infer(cfg.layer, feed)
    return Inferred(inferred.outputs, inner=(Inner(cfg.path, inferred, reused=True),))
