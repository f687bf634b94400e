"""`$name`, the expressions around it, and everything they refuse."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim, symbol
from shapecalc.expressions.evaluate import evaluate, names

VALUES: dict[str, object] = {
    "a": 3,
    "b": 4,
    "f": 0.1,
    "sizes": [16, 32, 64],
    "text": "same",
    "flag": True,
    "none": None,
    "inf": math.inf,
    "tiny": 1e-300,
    "C": symbol("C"),
    "if": 7,
    "größe": 9,
}


def refusal(text: str, values: Mapping[str, object] = VALUES) -> str:
    """The refusal of an expression: offset, code, message."""
    with pytest.raises(Refusal) as caught:
        evaluate(text, values)
    return f"{caught.value.offset} {caught.value.code} {caught.value.message}"


def way_out(text: str) -> str | None:
    with pytest.raises(Refusal) as caught:
        evaluate(text, VALUES)
    return caught.value.help


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$a + $b * 2", 11),
        ("($a + $b) * 2", 14),
        ("${a}+1", 4),
        ("-$a ** 2", -9),
        ("2 ** -1", Fraction(1, 2)),
        ("64 ** -0.5", Fraction(1, 8)),
        ("9 ** 0.5 ** 1", 3),
        ("2 ** 0.5", Fraction(repr(2**0.5))),
        ("0 ** 0.5", 0),
        ("2 ** 3 ** 2", 512),
        ("7 // 2 - 7 % 4", 0),
        ("-7 // 2", -4),
        ("10 - 3 - 2", 5),
        ("12 / 4", 3),
        ("$f * 3", Fraction(3, 10)),
        ("0.1 + 0.2 == 0.3", True),
        ("32 * 1.4", Fraction(224, 5)),
        ("1e3", 1000),
        ("1.2 ** 3 * 125", 216),
        ("1.0 ** 99999999999", 1),
        ("$a < 4 < 5", True),
        ("1 < $a < 2", False),
        ("$a == 3.0", True),
        ("$flag == true", True),
        ("$flag == 1", False),
        ("$text == 'same' and $none == null", True),
        ('$text != "valid"', True),
        ("not $a", False),
        ("not not $a", True),
        ("0 or $a", 3),
        ("$a and 0", 0),
        ("1 if $flag else 2", 1),
        ("1 if not $flag else 2 if $b else 3", 2),
        ("$sizes[0] + $sizes[-1]", 80),
        ("[[1, 2], [3]][0][1]", 2),
        ("[1, $a,]", [1, 3]),
        ("min($sizes)", 16),
        ("max(1, $a, 2.5)", 3),
        ("floor(2.7) + ceil(2.1)", 5),
        ("floor(-2.5)", -3),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(2.345, 2)", Fraction(117, 50)),
        ("$if + ${if}", 14),
        ("$größe + 1", 10),
        ("\n$a\n+ 1\t", 4),
        ("1 " + "+ 1" * 300, 301),
    ],
)
def test_values(text: str, value: object) -> None:
    found = evaluate(text, VALUES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("make_divisible(30 * 0.1)", 8),
        ("make_divisible(37)", 40),
        ("make_divisible(36)", 40),
        ("make_divisible(35.9)", 32 + 8),
        ("make_divisible(33)", 32),
        ("make_divisible(18)", 24),
        ("make_divisible(16 * 1.1)", 16),
        ("make_divisible(5, 8, 3)", 8),
        ("make_divisible(3, 8, 0)", 8),
        ("make_divisible(7, divisor=3)", 9),
        ("make_divisible(1, divisor=4, min_value=16)", 16),
    ],
)
def test_make_divisible_never_falls_below_nine_tenths(text: str, value: int) -> None:
    assert evaluate(text, {}) == value


@given(st.integers(0, 10_000), st.integers(1, 64))
def test_make_divisible_equals_the_published_rule(value: int, divisor: int) -> None:
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    expected = nearest + divisor if nearest < 0.9 * value else nearest
    assert evaluate(f"make_divisible({value}, {divisor})", {}) == expected


@pytest.mark.parametrize("value", [True, None, "x", [1], {"a": 1}, 0.1, math.inf, 10**30])
def test_a_name_alone_is_the_value_itself(value: object) -> None:
    assert evaluate(" $x ", {"x": value}) is value
    assert evaluate("${x}", lambda name: {"x": value}[name]) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$C // 4", "C//4"),
        ("$C * 2 + 1", "2*C + 1"),
        ("$C - $C", "0"),
        ("$C ** 2", "C**2"),
        ("$C * 0.5 * 2", "2*(C//2)"),
        ("-$C + 1", "1 - C"),
        ("floor($C)", "C"),
        ("[$C, 1][0]", "C"),
        ("$C if $flag else 1", "C"),
    ],
)
def test_sizes_take_part(text: str, value: str) -> None:
    assert str(evaluate(text, VALUES)) == value


def test_an_exact_quotient_of_a_size_is_a_size() -> None:
    assert evaluate("$n / 4", {"n": symbol("C") * 4}) == symbol("C")
    assert isinstance(evaluate("$C / 4", VALUES), Dim)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$zz", "0 SC208 unknown name `$zz`"),
        ("1 + $zz", "4 SC208 unknown name `$zz`"),
        ("$a // 0", "3 SC207 `//` by zero"),
        ("0 ** -1", "2 SC207 `**` by zero"),
        ("$a.b", "2 SC207 `.` is no part of an expression"),
        ("$a; 1", "2 SC207 `;` is no part of an expression"),
        ("lambda", "0 SC207 `lambda` alone is not a value"),
        ("$a 3", "3 SC207 `3` is not expected here"),
        ("$a = 3", "3 SC207 `=` is not expected here"),
        ("$a +", "4 SC207 the expression breaks off"),
        ("", "0 SC207 the expression breaks off"),
        ("($a", "0 SC207 `(` is not closed"),
        ("[$a", "0 SC207 `[` is not closed"),
        ("$a)", "2 SC207 `)` is not expected here"),
        ("$", "0 SC207 a name is missing after `$`"),
        ("'x", "0 SC207 the quote is not closed"),
        ("'$a'", "0 SC207 text is taken as it is: no `$` and no backslash in it"),
        ("f'{$a}'", "1 SC207 text is taken as it is: no `$` and no backslash in it"),
        ("f'a'", "0 SC207 `f` alone is not a value"),
        ("same + $a", "0 SC207 `same` alone is not a value"),
        ("exec('x')", "0 SC207 no function `exec`"),
        ("$a if $flag", "3 SC207 `if` without `else`"),
        ("[x for x in $sizes]", "1 SC207 `x` alone is not a value"),
        ("$text + 'x'", "6 SC207 `+` needs numbers, not text"),
        ("'x' * 3", "4 SC207 `*` needs numbers, not text"),
        ("[1] * 3", "4 SC207 `*` needs numbers, not a list"),
        ("-$text", "0 SC207 `-` needs numbers, not text"),
        ("$flag + 1", "6 SC207 `+` needs numbers, not true or false"),
        ("$none + 1", "6 SC207 `+` needs numbers, not null"),
        ("'a' < 'b'", "4 SC207 `<` needs numbers, not text"),
        ("$inf * 2", "5 SC207 `*` needs finite numbers, not inf"),
        ("$sizes[3]", "6 SC207 no item 3 in a list of 3 items"),
        ("[1][-2]", "3 SC207 no item -2 in a list of 1 item"),
        ("$sizes[0.5]", "6 SC207 an item is counted by a whole number, not `1/2`"),
        ("$a[0]", "2 SC207 only a list has items, not a number"),
        ("min()", "0 SC207 `min` needs a value"),
        ("min([])", "0 SC207 `min` of nothing"),
        ("floor(1, 2)", "0 SC207 `floor` takes 1 value at most"),
        ("make_divisible(divisor=3)", "0 SC207 `make_divisible` needs a value"),
        ("make_divisible(1, v=3)", "18 SC207 `make_divisible` takes no `v=` here"),
        ("make_divisible(v=3, 4)", "20 SC207 a value without name stands before those with one"),
        ("make_divisible(9, 0)", "0 SC207 `make_divisible` needs a divisor of at least 1"),
        ("round(1, 0.5)", "0 SC207 `round` takes a whole number of digits, at most 20"),
        ("9 ** 9 ** 9", "2 SC207 the result is beyond 10**18"),
        ("(-4) ** 0.5", "5 SC207 `**` of a negative number needs a whole exponent"),
        ("0 ** -0.5", "2 SC207 `**` by zero"),
        ("10 ** 1e3", "3 SC207 the result is beyond 10**18"),
        ("10 ** 999.5", "3 SC207 the result is beyond 10**18"),
        ("0.1 ** 99999", "4 SC207 the result is beyond 10**18"),
        ("10 ** 18 * 10", "9 SC207 the result is beyond 10**18"),
        ("1e999", "0 SC207 the number has too many digits"),
        ("1e19 + 1", "0 SC207 the number is beyond 10**18"),
        ("9" * 41, "0 SC207 the number has too many digits"),
        ("$tiny * $tiny", "6 SC207 the result has too many digits"),
        ("$C > 3", "3 SC207 `C` has no value here"),
        ("$C == $C", "3 SC207 `C` has no value here"),
        ("1 if $C else 2", "2 SC207 `C` has no value here"),
        ("not $C", "0 SC207 `C` has no value here"),
        ("$C or 1", "3 SC207 `C` has no value here"),
        ("min($C, 3)", "0 SC207 `C` has no value here"),
        ("$C // $C", "3 SC207 a size is divided by a whole number, not by `C`"),
        ("$C % 0", "3 SC207 `%` of a size needs a divisor of at least 1"),
        ("$C ** 9", "3 SC207 a size is raised to 0 to 8, not to `9`"),
        ("$C + 0.5", "3 SC211 `+ 0.5` leaves a size that is not whole"),
        ("1" * 1001, "0 SC207 an expression of 1,001 characters; 1,000 are read"),
        ("(" * 900, "25 SC207 nested more than 24 levels deep"),
    ],
)
def test_refusals(text: str, expected: str) -> None:
    assert refusal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$sizs + 1", "did you mean `$sizes`?"),
        ("flor(1)", "did you mean `floor`?"),
        ("exec(1)", "the functions are min, max, floor, ceil, round, log, len, make_divisible"),
        ("same", "write `$same` to read it, or quote text: `'same'`"),
        ("$flag + 1", "write `1 if $flag else 0`"),
        ("$C > 3", "conditions are decided by arguments, not by shapes"),
        ("($a", "add `)`"),
        (
            "$a.b",
            "allowed: `$name`, numbers, quoted text, lists, + - * / // % **, comparisons, and or not, A if C else B, "
            "min, max, floor, ceil, round, log, len, make_divisible",
        ),
    ],
)
def test_every_refusal_has_a_way_out(text: str, expected: str) -> None:
    assert way_out(text) == expected


def test_a_function_that_looks_up_names() -> None:
    with pytest.raises(Refusal, match=r"unknown name `\$x`") as caught:
        evaluate("2 * $x", lambda name: {"y": 1}[name])
    assert caught.value.help == "declare it, `args: {x: 8}`, or write a number"


def test_only_what_is_needed_is_asked_for() -> None:
    assert evaluate("1 if true else $missing", {}) == 1
    assert evaluate("0 and $missing", {}) == 0
    assert evaluate("3 < 2 < $missing", {}) is False


def test_names() -> None:
    assert names("$b") == ("b",)
    assert names("$b + ${a} * $b - 1") == ("b", "a")
    with pytest.raises(Refusal):
        names("$b +")


HOSTILE = [
    "[" * 900,
    "-" * 900,
    "not " * 249,
    "$a" + "[0]" * 300,
    "1 if 1 else " * 80 + "1",
    "2**" * 300 + "2",
    "min(" * 200,
    "1/3*" * 249 + "1",
    "10**18*" * 140 + "1",
    "'" * 999,
]


def outcome(text: str) -> object:
    """The value or the refusal; anything else that is raised fails the test."""
    try:
        return evaluate(text, VALUES)
    except Refusal as error:
        return error


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_or_answered(text: str) -> None:
    assert isinstance(outcome(text), Refusal | int | Fraction)


OPERANDS = ["$a", "$C", "$sizes", "$text", "$none", "$flag", "$zz", "0", "2.5", "1e9", "'x'", "null"]
SIGNS = ["min(", "round(", "(", ")", "[", "]", ",", "+", "-", "*", "/", "//", "%", "**", "<", "=="]
WORDS = [" and ", " or ", " not ", " if ", " else ", " "]
PIECES = st.sampled_from([*OPERANDS, *SIGNS, *WORDS])


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20))
def test_nothing_else_is_ever_raised(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Refusal):
        assert found.offset is not None
        assert 0 <= found.offset <= len(text)
        assert found.code in ("SC207", "SC208", "SC211", "SC404")
        assert found.message
    else:
        assert isinstance(found, int | float | Fraction | str | list | Dim | None)


PYTHON: dict[str, Callable[[int, int], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "<": operator.lt,
    ">=": operator.ge,
    "!=": operator.ne,
}


@given(st.integers(-(10**6), 10**6), st.integers(-50, 50), st.sampled_from(sorted(PYTHON)))
def test_whole_numbers_follow_python(a: int, b: int, sign: str) -> None:
    if b or sign not in ("//", "%"):
        assert evaluate(f"$a {sign} $b", {"a": a, "b": b}) == PYTHON[sign](a, b)
