"""3x3 convolution at a stride of 1 by Winograd's minimal filtering: fewer products, for sums that cost less.

A tile of `size` x `size` outputs is made from (size + 2)^2 inputs with as many products, instead of 9 size^2:
output = A'[(G kernel G') * (B' inputs B)]A. Winograd, 1980; Lavin & Gray, 2015, https://arxiv.org/abs/1509.09308
Each of the three transforms is one matrix product with a Kronecker square, so numpy runs five steps a block: copy,
product, a product for each of the (size + 2)^2 places, product, copy. Errors are relative to a tile's largest input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.scratch import GATHERED, PRODUCTS, SPREAD, WIDE, scratch
from shapecalc.forward.windows import blocks, bordered, gathered, windows

TAPS = 3
POINTS = {
    2: (Fraction(0), Fraction(1), Fraction(-1)),
    4: (Fraction(0), Fraction(2, 3), Fraction(-2, 3), Fraction(3, 2), Fraction(-3, 2)),
}
"""Where the polynomials are evaluated, infinity apart, by tile size. 2/3 and 3/2 round five times less than 1 and 2."""

TILES, LEAST_TILES = 1 << 19, 64
"""Bytes of a block's input tiles, and how many it has at least: fewer would not pay for reading the kernel."""

KERNEL, LEAST_PLACES = 1 << 20, 8
"""Bytes of the kernel transformed at a time, where one block takes all tiles, and places of a tile at least.

A part is used while it is in cache, and the rest of the kernel needs no memory: at 28 x 28 x 128 a tenth faster.
"""

DEARER = 1.4
"""What a product of the transforms' small matrices costs, measured against one of the plain way."""

LEAST = 1 << 22
"""Products below which the plain way is done before the first block."""

MOST_CHANNELS = {2: None, 4: 128}
"""Beyond these, the errors of the larger tiles come near those of the golden bounds."""


def best_tile(places: Sequence[int], channels: int, filters: int) -> int | None:
    """The tile size that costs least for (batch, height, width) outputs; None where the plain way does."""
    batch, height, width = places
    plain = TAPS * TAPS * batch * height * width * channels * filters
    if plain < LEAST:
        return None
    costs: dict[int | None, float] = {None: plain}
    for size, most in MOST_CHANNELS.items():
        if most is None or channels <= most:
            area = (size + TAPS - 1) ** 2
            tiles = batch * -(-height // size) * -(-width // size)
            of_tiles = area * area * channels + area * channels * filters + size * size * area * filters
            costs[size] = DEARER * (tiles * of_tiles + area * TAPS * TAPS * channels * filters)
    return min(costs, key=lambda size: costs[size])


class Transforms(NamedTuple):
    """The Kronecker squares for tiles of one size: of B', G and A'."""

    inputs: Array
    kernel: Array
    output: Array


@cache
def transforms(size: int) -> Transforms:
    """Exact in fractions, then rounded once."""
    points = POINTS[size]
    to_inputs, to_kernel = [], []
    for point in points:
        others = [other for other in points if other != point]
        to_inputs.append([*_polynomial(others), Fraction(0)])
        scale = math.prod((point - other for other in others), start=Fraction(1))
        to_kernel.append([point**power / scale for power in range(TAPS)])
    to_inputs.append(_polynomial(points))
    to_kernel.append([Fraction(0)] * (TAPS - 1) + [Fraction(1)])
    to_output = [[*(point**power for point in points), Fraction(power == size - 1)] for power in range(size)]
    return Transforms(*(_squared(rows) for rows in (to_inputs, to_kernel, to_output)))


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """Coefficients of the product of (x - root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [high - root * low for high, low in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients


def _squared(rows: Sequence[Sequence[Fraction]]) -> Array:
    exact = np.array(rows, dtype=object)
    return np.kron(exact, exact).astype(np.float32)


def winograd(x: Array, kernel: Array, size: int, finish: Callable[[Array], None] | None) -> Array:
    """`x` (batch, height, width, channels) under `kernel` (3, 3, channels, filters), in tiles of `size` a side."""
    reach = size + TAPS - 1
    channels, filters = kernel.shape[2:]
    batch, height, width = x.shape[0], *(side - TAPS + 1 for side in x.shape[1:3])
    wide = bordered(x, [(0, -side % size) for side in (height, width)], slot=WIDE)
    tiles = windows(wide, (reach, reach), (size, size), (1, 1))
    _, rows, columns = tiles.shape[:3]
    maps = transforms(size)
    area, dtype = reach * reach, x.dtype
    tile = area * channels * x.itemsize
    indices = list(blocks(tiles.shape[:3], tile, max(TILES, LEAST_TILES * tile)))
    once = len(indices) == 1
    step = max(LEAST_PLACES, KERNEL // kernel[0, 0].nbytes) if once else area
    of_kernel = kernel_parts(maps.kernel, kernel, step)
    parts = of_kernel if once else list(of_kernel)
    y = np.empty((batch, rows, size, columns, size, filters), dtype)
    into = np.moveaxis(y, (2, 4), (0, 1))
    for index in indices:
        part = np.moveaxis(tiles[index], (-3, -2), (0, 1))
        count = math.prod(part.shape[2:-1])
        spread = scratch(SPREAD, (area, count * channels), dtype)
        np.matmul(maps.inputs, gathered(part).reshape(area, -1), out=spread)
        # The steps take turns in two slots: what was gathered is not needed once it is spread, and so on.
        made = scratch(GATHERED, (area, count, filters), dtype)
        for places, products in parts:
            np.matmul(spread.reshape(area, count, channels)[places], products, out=made[places])
        block = scratch(SPREAD, (size * size, count * filters), dtype)
        np.matmul(maps.output, made.reshape(area, -1), out=block)
        if finish is not None:
            finish(block.reshape(-1, filters))
        into[:, :, *index] = block.reshape(size, size, *part.shape[2:-1], filters)
    whole = y.reshape(batch, rows * size, columns * size, filters)
    return np.ascontiguousarray(whole[:, :height, :width])


def kernel_parts(to_kernel: Array, kernel: Array, step: int) -> Iterator[tuple[slice, Array]]:
    """The `kernel` transformed for `step` places of a tile at a time; a part is good until the next is asked for."""
    flat = kernel.reshape(TAPS * TAPS, -1)
    for start in range(0, len(to_kernel), step):
        places = slice(start, start + step)
        products = scratch(PRODUCTS, (len(to_kernel[places]), flat.shape[1]), kernel.dtype)
        np.matmul(to_kernel[places], flat, out=products)
        yield places, products.reshape(-1, *kernel.shape[2:])
