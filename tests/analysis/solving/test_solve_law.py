"""On models of any make, what `solve` answers fits, and no sound value among the next thousand does."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from shapecalc.analysis.measured import measure
from shapecalc.analysis.solving.question import Question
from shapecalc.analysis.solving.solve import solve
from shapecalc.diagnostics import Fault
from shapecalc.model.load import Library
from shapecalc.model.spec import ModelSpec

MODELS = 40
BEYOND = 1_000
OPTIMIZERS = (None, "sgd", "adam")


class Generated:
    """A random model over images of one side `H`, an argument or a declared size: down, up, across, and reshaped."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.layers: list[str] = []
        self.across: list[str] = []
        self.as_argument = self.random.random() < 0.5
        for _ in range(self.random.randint(1, 5)):
            getattr(
                self, self.random.choice(["down", "down", "up", "join", "skip", "convolution", "residual", "uneven"])
            )()
        getattr(self, self.random.choice(["dense", "reshaped", "stepped", "nothing"]))()

    @property
    def text(self) -> str:
        side = "$H" if self.as_argument else "H"
        head = "args: {H: required}\n" if self.as_argument else ""
        return f"{head}input: [{side}, {side}, 2]\nlayers:\n" + "".join(f"  - {one}\n" for one in self.layers)

    def add(self, entry: str) -> None:
        self.layers.append(entry)

    def convolution(self) -> None:
        filters, size, stride = self.random.choice([1, 4, 16]), self.random.randint(1, 4), self.random.randint(1, 3)
        padding = self.random.choice(["same", "valid"])
        self.add(f"Conv2D: {{filters: {filters}, kernel_size: {size}, strides: {stride}, padding: {padding}}}")

    def skip(self) -> None:
        name = f"kept{len(self.across)}"
        self.across.append(name)
        self.add(f"Conv2D: {{filters: 4, kernel_size: 1, name: {name}}}")

    def down(self) -> None:
        self.skip()
        size = self.random.choice([2, 2, 3, 4])
        kind = self.random.choice(["MaxPooling2D", "AveragePooling2D"])
        self.add(f"{kind}: {{pool_size: {size}, padding: {self.random.choice(['same', 'valid'])}}}")

    def up(self) -> None:
        size = self.random.choice([2, 2, 3])
        if self.random.random() < 0.5:
            self.add(f"UpSampling2D: {{size: {size}}}")
        else:
            self.add(f"Conv2DTranspose: {{filters: 4, kernel_size: {size}, strides: {size}}}")

    def join(self) -> None:
        if not self.across:
            self.skip()
        kept = self.random.choice(self.across)
        self.up()
        self.add(f"Concatenate: {{}}\n    from: [{kept}, prev]")

    def residual(self) -> None:
        self.skip()
        stride = self.random.choice([1, 2])
        self.add(f"Conv2D: {{filters: 4, kernel_size: 3, strides: {stride}, padding: same}}")
        self.add(f"UpSampling2D: {{size: {stride}}}")
        self.add(f"Add: {{}}\n    from: [{self.across[-1]}, prev]")

    def uneven(self) -> None:
        """A sum that works where a side is 1, and nowhere else."""
        self.skip()
        self.add(f"MaxPooling2D: {{pool_size: {self.random.choice([2, 5])}}}")
        self.add(f"Add: {{}}\n    from: [{self.across[-1]}, prev]")

    def dense(self) -> None:
        self.add("Flatten: {}")
        self.add("Dense: {units: 3}")

    def reshaped(self) -> None:
        self.add(f"Reshape: {{target_shape: [-1, {self.random.choice([8, 12, 32, 60])}]}}")
        self.add("LSTM: {units: 2, return_sequences: true}")

    def stepped(self) -> None:
        """Where `H` is an argument, one that no symbol can stand for."""
        self.add(f"Dense: {{units: '{'make_divisible($H, 8)' if self.as_argument else 5}'}}")

    def nothing(self) -> None:
        pass


def counts(spec: ModelSpec, value: int, limits: dict[str, Fraction], batch: int | None, training: str | None) -> object:
    """What a value comes to; None where it makes no sound model."""
    try:
        found = measure(spec, {"H": value}, batch, limits, training)
    except Fault:
        return None
    return {name: max(size for size in found.quantities[name] if isinstance(size, int)) for name in limits}


@pytest.mark.parametrize("seed", range(MODELS))
def test_nothing_larger_fits(seed: int) -> None:
    generated = Generated(seed)
    spec = Library().parse(generated.text, "model.yaml")
    chosen = random.Random(f"limits {seed}")
    names = chosen.sample(["macs", "memory", "params", "weights"], chosen.randint(1, 2))
    limits = {name: Fraction(int(10 ** chosen.uniform(3, 9))) for name in names}
    batch, training, least = chosen.choice([None, 4]), chosen.choice(OPTIMIZERS), chosen.choice([1, 1, 1, 20])

    def fits(value: int) -> bool:
        found = counts(spec, value, limits, batch, training)
        return isinstance(found, dict) and all(found[name] <= limit for name, limit in limits.items())

    try:
        answer = solve(Question(spec, "H", limits, {}, batch, least, None, training)).value
    except Fault as fault:
        code = fault.diagnostics[0].code
        # Without an answer either nothing fits, or everything does, or no value is sound.
        if "no largest" in fault.diagnostics[0].message:
            assert any(fits(value) for value in range(2**30, 2**30 + BEYOND)), generated.text
        else:
            assert not any(fits(value) for value in range(least, least + BEYOND)), (code, generated.text)
        return
    assert answer >= least
    assert fits(answer), generated.text
    assert not [value for value in range(answer + 1, answer + 1 + BEYOND) if fits(value)], generated.text
