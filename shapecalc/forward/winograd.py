"""3x3 convolution at a stride of 1 by Winograd's minimal filtering: fewer products, and more sums, which cost less.

A tile of 4 x 4 outputs is made from 6 x 6 inputs with 36 products for each pair of channels, instead of 144:
output = A'[(G kernel G') * (B' inputs B)]A. Winograd, 1980; Lavin & Gray, 2015, https://arxiv.org/abs/1509.09308
Each of the three transforms is one matrix product with a Kronecker square, so numpy runs five steps a block: copy,
product, a product for each of the 36 places, product, copy. Errors are relative to a tile's largest input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.windows import add_border, split_in_blocks, view_windows

TAPS = 3
SIZE = 4
REACH = SIZE + TAPS - 1
"""Outputs and inputs along a side of a tile."""

POINTS = (Fraction(0), Fraction(2, 3), Fraction(-2, 3), Fraction(3, 2), Fraction(-3, 2))
"""Where the polynomials are evaluated, infinity apart. 2/3 and 3/2 round five times less than 1 and 2."""

TILES, LEAST_TILES = 1 << 19, 64
"""Bytes of a block's input tiles, and how many it has at least: fewer would not pay for reading the kernel."""

KERNEL, LEAST_PLACES = 1 << 20, 8
"""Bytes of the kernel transformed at a time, where one block takes all tiles, and places of a tile at least.

A part is used while it is in cache, and the rest of the kernel needs no memory: at 28 x 28 x 128 a tenth faster.
"""

CHANNELS, LEAST_FILTERS, LEAST_AREA = (64, 128), 32, 28 * 28
"""Where tiles are used, they are 1.3 to 1.8 times as fast as the plain way. With fewer channels, filters or outputs the
transforms cost what the products save; with more channels the errors come near those of the golden bounds."""


def is_worthwhile(places: Sequence[int], channels: int, filters: int) -> bool:
    """Whether tiles are faster than the plain way for (batch, height, width) outputs, and exact enough."""
    least, most = CHANNELS
    return least <= channels <= most and filters >= LEAST_FILTERS and math.prod(places) >= LEAST_AREA


class Transforms(NamedTuple):
    """The Kronecker squares of B', G and A'."""

    inputs: Array
    kernel: Array
    output: Array


@cache
def make_transforms() -> Transforms:
    """Exact in fractions, then rounded once."""
    to_inputs, to_kernel = [], []
    for point in POINTS:
        others = [other for other in POINTS if other != point]
        to_inputs.append([*_multiply_roots(others), Fraction(0)])
        scale = math.prod((point - other for other in others), start=Fraction(1))
        to_kernel.append([point**power / scale for power in range(TAPS)])
    to_inputs.append(_multiply_roots(POINTS))
    to_kernel.append([Fraction(0)] * (TAPS - 1) + [Fraction(1)])
    to_output = [[*(point**power for point in POINTS), Fraction(power == SIZE - 1)] for power in range(SIZE)]
    return Transforms(*(_square_by_kronecker(rows) for rows in (to_inputs, to_kernel, to_output)))


def _multiply_roots(roots: Sequence[Fraction]) -> list[Fraction]:
    """Coefficients of the product of (x - root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [high - root * low for high, low in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients


def _square_by_kronecker(rows: Sequence[Sequence[Fraction]]) -> Array:
    exact = np.array(rows, dtype=object)
    return np.kron(exact, exact).astype(np.float32)


def convolve_by_tiles(x: Array, kernel: Array, finish: Callable[[Array], None] | None) -> Array:
    """`x` (batch, height, width, channels) under `kernel` (3, 3, channels, filters), tile by tile."""
    channels, filters = kernel.shape[2:]
    batch, height, width = x.shape[0], *(side - TAPS + 1 for side in x.shape[1:3])
    wide = add_border(x, [(0, -side % SIZE) for side in (height, width)])
    tiles = view_windows(wide, (REACH, REACH), (SIZE, SIZE), (1, 1))
    _, rows, columns = tiles.shape[:3]
    maps = make_transforms()
    area, dtype = REACH * REACH, x.dtype
    tile = area * channels * x.itemsize
    indices = list(split_in_blocks(tiles.shape[:3], tile, max(TILES, LEAST_TILES * tile)))
    once = len(indices) == 1
    step = max(LEAST_PLACES, KERNEL // kernel[0, 0].nbytes) if once else area
    of_kernel = transform_kernel(maps.kernel, kernel, step)
    parts = of_kernel if once else list(of_kernel)
    y = np.empty((batch, rows, SIZE, columns, SIZE, filters), dtype)
    into = np.moveaxis(y, (2, 4), (0, 1))
    for index in indices:
        part = np.moveaxis(tiles[index], (-3, -2), (0, 1))
        count = math.prod(part.shape[2:-1])
        spread = np.matmul(maps.inputs, part.reshape(area, -1))
        made = np.empty((area, count, filters), dtype)
        for places, products in parts:
            np.matmul(spread.reshape(area, count, channels)[places], products, out=made[places])
        block = np.matmul(maps.output, made.reshape(area, -1))
        if finish is not None:
            finish(block.reshape(-1, filters))
        into[:, :, *index] = block.reshape(SIZE, SIZE, *part.shape[2:-1], filters)
    whole = y.reshape(batch, rows * SIZE, columns * SIZE, filters)
    return np.ascontiguousarray(whole[:, :height, :width])


def transform_kernel(to_kernel: Array, kernel: Array, step: int) -> Iterator[tuple[slice, Array]]:
    """The `kernel` transformed for `step` places of a tile at a time."""
    flat = kernel.reshape(TAPS * TAPS, -1)
    for start in range(0, len(to_kernel), step):
        places = slice(start, start + step)
        products = np.matmul(to_kernel[places], flat)
        yield places, products.reshape(-1, *kernel.shape[2:])
