"""On models of any make `solve` answers what trying all values gives: it fits, and no sound value above does."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.measured import measure
from shapecalc.analysis.solving.question import BATCH, Question
from shapecalc.analysis.solving.solve import Solution, solve
from shapecalc.diagnostics import Fault
from shapecalc.model.load import Library
from shapecalc.training.peak import Training

MODELS = 20
BEYOND = 1_000
EXAMPLES = 200
TRIED = 40
"""Values of each example that are tried one by one, and as many above the answer."""
OPTIMIZERS = (None, None, None, None, None, None, Training("sgd"), Training("adam"))
"""Training is measured layer by layer, which takes longer: a quarter of the examples have it."""


class Generated:
    """A random model over images of one side `H`, an argument or a declared size: down, up, across, and reshaped."""

    def __init__(self, chosen: random.Random) -> None:
        self.random = chosen
        self.layers: list[str] = []
        self.across: list[str] = []
        self.as_argument = self.random.random() < 0.5
        for _ in range(self.random.randint(1, 5)):
            getattr(
                self,
                self.random.choice(
                    ["down", "down", "up", "join", "skip", "convolution", "residual", "transposed", "uneven"]
                ),
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
        size = self.random.choice([2, 2, 3, 3, 4])
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

    def transposed(self) -> None:
        size, stride = self.random.randint(1, 4), self.random.randint(1, 3)
        padding = self.random.choice(["same", "valid"])
        self.add(f"Conv2DTranspose: {{filters: 2, kernel_size: {size}, strides: {stride}, padding: {padding}}}")

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


def count(question: Question, value: int) -> dict[str, int] | None:
    """What a value comes to; None where it makes no sound model."""
    try:
        found = measure(question.spec, *question.put_in(value), question.limits, question.training)
    except Fault:
        return None
    return {name: max(size for size in found.quantities[name] if isinstance(size, int)) for name in question.limits}


def fits(question: Question, value: int) -> bool:
    """Whether a value makes a sound model within the limits."""
    counts = count(question, value)
    return counts is not None and all(counts[name] <= limit for name, limit in question.limits.items())


@pytest.mark.parametrize("seed", range(MODELS))
def test_nothing_larger_fits(seed: int) -> None:
    generated = Generated(random.Random(seed))
    spec = Library().parse(generated.text, "model.yaml")
    chosen = random.Random(f"limits {seed}")
    names = chosen.sample(["macs", "memory", "params", "weights"], chosen.randint(1, 2))
    limits = {name: Fraction(int(10 ** chosen.uniform(3, 9))) for name in names}
    batch, training, least = chosen.choice([None, 4]), chosen.choice(OPTIMIZERS), chosen.choice([1, 1, 1, 20])

    question = Question(spec, "H", limits, {}, batch, least, None, training)
    try:
        answer = solve(question).value
    except Fault as fault:
        code = fault.diagnostics[0].code
        # Without an answer either nothing fits, or everything does, or no value is sound.
        if "no largest" in fault.diagnostics[0].message:
            assert any(fits(question, value) for value in range(2**30, 2**30 + BEYOND)), generated.text
        else:
            assert not any(fits(question, value) for value in range(least, least + BEYOND)), (code, generated.text)
        return
    assert answer >= least
    assert fits(question, answer), generated.text
    assert not [value for value in range(answer + 1, answer + 1 + BEYOND) if fits(question, value)], generated.text


def find_answer(question: Question) -> Solution | None:
    """The answer; None where no value is too large."""
    try:
        return solve(question)
    except Fault as fault:
        if "has no largest value" in fault.diagnostics[0].message:
            return None
        raise


@settings(max_examples=EXAMPLES)
@given(st.randoms(use_true_random=False), st.data())
def test_the_answer_is_that_of_trying_all(chosen: random.Random, data: st.DataObject) -> None:
    spec = Library().parse(Generated(chosen).text, "model.yaml")
    name = data.draw(st.sampled_from(["H", "H", BATCH]))
    quantity = data.draw(st.sampled_from(["memory", "macs"] if name == "H" else ["memory"]))
    training, step = data.draw(st.sampled_from(OPTIMIZERS)), data.draw(st.sampled_from([1, 1, 1, 2, 3, 8]))
    values = {"H": data.draw(st.integers(1, 40))} if name == BATCH else {}
    question = Question(spec, name, {quantity: Fraction(0)}, values, None, 1, None, training, step)
    tried = {value: count(question, value) for value in range(step, step * (TRIED + 1), step)}
    sizes = sorted({counts[quantity] for counts in tried.values() if counts is not None})
    if not sizes:
        with pytest.raises(Fault):
            solve(question._replace(limits={quantity: Fraction(10**9)}, most=step * TRIED))
        return
    limit = data.draw(st.sampled_from(sizes[: len(sizes) // 2 + 1])) + data.draw(st.integers(-1, 1))
    question = question._replace(limits={quantity: Fraction(limit)})
    fitting = [value for value, counts in tried.items() if counts is not None and counts[quantity] <= limit]
    capped = question._replace(most=step * TRIED)
    if not fitting:
        with pytest.raises(Fault):
            solve(capped)
        return
    assert solve(capped).value == max(fitting)
    solution = find_answer(question)
    if solution is None:  # the limit is on what no value changes
        assert any(fits(question, value) for value in range(step * 2**30, step * (2**30 + BEYOND), step))
        return
    above = range(solution.value + step, solution.value + step * (TRIED + 1), step)
    assert solution.value >= max(fitting)
    assert fits(question, solution.value)
    assert not [value for value in above if fits(question, value)]
    if solution.next is not None:
        assert solution.next == next(value for value in above if count(question, value) is not None)
