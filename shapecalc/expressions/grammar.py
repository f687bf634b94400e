"""The parser of expressions: text to a tree of closures, once for each text.

It knows numbers, quoted text, lists, `$name`, operators and a few functions, and runs nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, NoReturn, TypeAlias

from shapecalc.diagnostics import did_you_mean, has_rival, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.expressions import arithmetic
from shapecalc.expressions.arithmetic import FUNCTIONS
from shapecalc.expressions.lookups import Lookup, read_name

MAX_LENGTH = 1_000
MAX_NESTING = 24

Run: TypeAlias = Callable[[Lookup], object]

_TOKEN = re.compile(
    r"""(?P<name>\$(?:\{[^\W\d]\w*\}|[^\W\d]\w*))
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
      | (?P<text>'[^'$\\]*'|"[^"$\\]*")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>()\[\],=])""",
    re.VERBOSE,
)
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_KEYWORDS = ("and", "or", "not", "if", "else")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_LEVELS = (("+", "-"), ("*", "/", "//", "%"))
_OTHER_SIGNS = {
    "^": "**", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not ", "×": "*", "÷": "/", "?": "A if C else B",
}  # fmt: skip
"""Signs of other languages, and what is written here."""
_OTHER_FUNCTIONS = {"int": "floor", "trunc": "floor", "maximum": "max", "minimum": "min", "roundup": "ceil"}
_ALLOWED = (
    "allowed: `$name`, numbers, quoted text, lists, + - * / // % **, comparisons, and or not, A if C else B, "
    + (", ".join(FUNCTIONS))
)


class Expression(NamedTuple):
    """A text that was read: the names it asks for, in order, and how to work it out."""

    names: tuple[str, ...]
    value: Run


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


@lru_cache(maxsize=4096)
def compile_text(text: str) -> Expression:
    """The expression of a text. Raises `Refusal` if it is none."""
    if len(text) > MAX_LENGTH:
        raise Refusal(f"an expression of {len(text):,} characters; {MAX_LENGTH:,} are read", code="SC207", offset=0)
    parser = _Parser(_split_tokens(text))
    value = parser.choice()
    if parser.token.kind != "end":
        parser.refuse()
    return Expression(tuple(parser.names), value)


def _split_tokens(text: str) -> list[_Token]:
    tokens, offset = [], 0
    while offset < len(text):
        if text[offset].isspace():
            offset += 1
            continue
        match = _TOKEN.match(text, offset)
        if match is None:
            _refuse_character(text, offset)
        tokens.append(_Token(match.lastgroup or "", match[0], offset))
        offset = match.end()
    return [*tokens, _Token("end", "", len(text.rstrip()))]


def _refuse_character(text: str, offset: int) -> NoReturn:
    character = text[offset]
    if character in "'\"":
        inside = text[offset + 1 :].partition(character)
        if not inside[1]:
            raise Refusal("the quote is not closed", code="SC207", offset=offset)
        raise Refusal(
            "text is taken as it is: no `$` and no backslash in it", code="SC207", help=_ALLOWED, offset=offset
        )
    if character == "$":
        raise Refusal("a name is missing after `$`", code="SC207", help="write `$name` or `${name}`", offset=offset)
    sign = next((sign for sign in _OTHER_SIGNS if text.startswith(sign, offset)), character)
    message = f"`{shorten(sign)}` is no part of an expression"
    if sign not in _OTHER_SIGNS:
        raise Refusal(message, code="SC207", help=_ALLOWED, offset=offset)
    ours = _OTHER_SIGNS[sign]
    instead = ours if sign != "?" else None
    raise Refusal(message, code="SC207", help=f"write `{ours}`", instead=instead, offset=offset, wrong=sign)


class _Parser:
    """Recursive descent by Python's precedence, from the loosest to the tightest."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.nesting = 0
        self.names: dict[str, None] = {}

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def accept(self, *texts: str) -> _Token | None:
        """Step over the next token if it is one of these words or signs."""
        token = self.token
        if token.kind in ("word", "sign") and token.text in texts:
            self.position += 1
            return token
        return None

    def expect(self, text: str, opened: _Token) -> None:
        if not self.accept(text):
            if self.token.kind == "end":
                message = f"`{opened.text}` is not closed"
                help = f"add `{text}`"
                raise Refusal(message, code="SC207", help=help, instead=text, safe=False, offset=opened.offset)
            self.refuse()

    def refuse(self) -> NoReturn:
        token = self.token
        if token.kind == "end":
            raise Refusal(
                "the expression breaks off", code="SC207", help="a value is missing at the end", offset=token.offset
            )
        raise Refusal(f"`{shorten(token.text)}` is not expected here", code="SC207", help=_ALLOWED, offset=token.offset)

    def read_nested(self, parse: Callable[[], Run]) -> Run:
        """What `read` reads, one level deeper. Refuses more levels than Python's stack has room for."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise Refusal(f"nested more than {MAX_NESTING} levels deep", code="SC207", offset=self.token.offset)
        value = parse()
        self.nesting -= 1
        return value

    def choice(self) -> Run:
        """`A if C else B`."""
        value = self.either()
        token = self.accept("if")
        if not token:
            return value
        condition = self.either()
        if not self.accept("else"):
            raise Refusal("`if` without `else`", code="SC207", help="write `A if C else B`", offset=token.offset)
        other, asked = self.read_nested(self.choice), _test_truth(condition, token.offset)
        return lambda lookup: value(lookup) if asked(lookup) else other(lookup)

    def either(self) -> Run:
        return self._junction("or", lambda: self._junction("and", self.read_not))

    def _junction(self, word: str, parse: Callable[[], Run]) -> Run:
        terms = [parse()]
        offset = self.token.offset
        while self.accept(word):
            terms.append(parse())
        return terms[0] if len(terms) == 1 else _join_conditions(word == "or", terms, offset)

    def read_not(self) -> Run:
        token = self.accept("not")
        if not token:
            return self.comparison()
        asked = _test_truth(self.read_nested(self.read_not), token.offset)
        return lambda lookup: not asked(lookup)

    def comparison(self) -> Run:
        first, rest = self.sum(0), []
        while token := self.accept(*_COMPARISONS):
            rest.append((token, self.sum(0)))
        return _chain_comparisons(first, rest) if rest else first

    def sum(self, level: int) -> Run:
        """`+ -` at level 0, `* / // %` at level 1: from left to right."""
        if level == len(_LEVELS):
            return self.read_sign()
        first, rest = self.sum(level + 1), []
        while token := self.accept(*_LEVELS[level]):
            rest.append((token, self.sum(level + 1)))
        return _chain_operations(first, rest, arithmetic.calculate) if rest else first

    def read_sign(self) -> Run:
        token = self.accept("-", "+")
        if not token:
            return self.power()
        value, offset = self.read_nested(self.read_sign), token.offset
        if token.text == "+":
            return _locate_refusal(lambda lookup: arithmetic.read_number(value(lookup), "+"), offset)
        return _locate_refusal(lambda lookup: arithmetic.negate(value(lookup)), offset)

    def power(self) -> Run:
        base = self.item()
        token = self.accept("**")
        return (
            _chain_operations(base, [(token, self.read_nested(self.read_sign))], arithmetic.calculate)
            if token
            else base
        )

    def item(self) -> Run:
        value = self.atom()
        positions = []
        while token := self.accept("["):
            positions.append((token, self.read_nested(self.choice)))
            self.expect("]", token)
        return (
            _chain_operations(value, positions, lambda _, base, position: arithmetic.get_item(base, position))
            if positions
            else value
        )

    def atom(self) -> Run:
        token = self.token
        if token.kind == "name":
            self.position += 1
            return self.read_name(token)
        if token.kind == "number":
            self.position += 1
            return _return_constant(_read_number(token))
        if token.kind == "text":
            self.position += 1
            return _return_constant(token.text[1:-1])
        if token.kind == "word" and token.text not in _KEYWORDS:
            self.position += 1
            return self.read_word(token)
        if self.accept("("):
            return self.read_brackets(token)
        if self.accept("["):
            items = self._read_list("]", token)
            return lambda lookup: [item(lookup) for item in items]
        return self.refuse()

    def read_brackets(self, opening: _Token) -> Run:
        """A value in parentheses; with a comma a tuple, which is a list here."""
        value = self.read_nested(self.choice)
        if not self.accept(","):
            self.expect(")", opening)
            return value
        items = [value, *self._read_list(")", opening)]
        return lambda lookup: [item(lookup) for item in items]

    def read_name(self, token: _Token) -> Run:
        name, offset = token.text.strip("${}"), token.offset
        self.names[name] = None
        return lambda lookup: read_name(name, offset, lookup)

    def read_word(self, token: _Token) -> Run:
        if token.text in _CONSTANTS:
            return _return_constant(_CONSTANTS[token.text])
        opening = self.accept("(")
        if opening and token.text in FUNCTIONS:
            return self._call(token, opening)
        word = shorten(token.text)
        if opening:
            near = did_you_mean(token.text, FUNCTIONS, _OTHER_FUNCTIONS)
            help = None if near else "the functions are " + ", ".join(FUNCTIONS)
            safe = near is not None and not has_rival(token.text, near, FUNCTIONS)
            message = f"no function `{word}`"
            raise Refusal(
                message, code="SC207", help=help, instead=near, safe=safe, offset=token.offset, wrong=token.text
            )
        message = f"`{word}` alone is not a value"
        help = f"write `${word}` to read it, or quote text: `'{word}'`"
        instead = f"${token.text}"
        raise Refusal(
            message, code="SC207", help=help, instead=instead, safe=False, offset=token.offset, wrong=token.text
        )

    def _read_list(self, closing: str, opened: _Token) -> list[Run]:
        items: list[Run] = []
        while not self.accept(closing):
            items.append(self.read_nested(self.choice))
            if not self.accept(","):
                self.expect(closing, opened)
                break
        return items

    def _call(self, word: _Token, opened: _Token) -> Run:
        function, given, named = FUNCTIONS[word.text], list[Run](), dict[str, Run]()
        while not self.accept(")"):
            token, following = self.token, self.tokens[min(self.position + 1, len(self.tokens) - 1)]
            if token.kind == "word" and following.text == "=":
                if token.text not in function.parameters[len(given) :] or token.text in named:
                    raise Refusal(
                        f"`{word.text}` takes no `{shorten(token.text)}=` here", code="SC207", offset=token.offset
                    )
                self.position += 2
                named[token.text] = self.read_nested(self.choice)
            elif named:
                raise Refusal("a value without name stands before those with one", code="SC207", offset=token.offset)
            else:
                given.append(self.read_nested(self.choice))
            if not self.accept(","):
                self.expect(")", opened)
                break
        _check_count(word, function, len(given), named)
        return _locate_refusal(
            lambda lookup: function.call(
                *[value(lookup) for value in given], **{name: value(lookup) for name, value in named.items()}
            ),
            word.offset,
        )


def _check_count(word: _Token, function: arithmetic.Function, given: int, named: dict[str, Run]) -> None:
    most = function.most
    first_missing = function.parameters[given : function.least] if function.parameters else ()
    if given < function.least and (not function.parameters or any(name not in named for name in first_missing)):
        raise Refusal(f"`{word.text}` needs a value", code="SC207", offset=word.offset)
    if most is not None and given + len(named) > most:
        values = f"{most} value" + ("s" if most > 1 else "")
        raise Refusal(f"`{word.text}` takes {values} at most", code="SC207", offset=word.offset)


def _read_number(token: _Token) -> int | Fraction:
    mantissa, _, exponent = token.text.lower().partition("e")
    if len(mantissa) > 40 or len(exponent) > 4 or abs(int(exponent or 0)) > 308:
        raise Refusal("the number has too many digits", code="SC207", offset=token.offset)
    try:
        return arithmetic.make_whole(Fraction(token.text))
    except Refusal:
        raise Refusal("the number is beyond 10**18", code="SC207", offset=token.offset) from None


def _return_constant(value: object) -> Run:
    return lambda lookup: value


def _locate_refusal(run: Run, offset: int) -> Run:
    """The same, with its offset added to a refusal."""

    def lookup_at(lookup: Lookup) -> object:
        try:
            return run(lookup)
        except Refusal as refusal:
            raise refusal.locate_at(offset) from None

    return lookup_at


def _test_truth(run: Run, offset: int) -> Run:
    return _locate_refusal(lambda lookup: arithmetic.is_true(run(lookup)), offset)


def _join_conditions(stops_at: bool, terms: list[Run], offset: int) -> Run:
    """The value at which `or` stops, the first that holds, or `and`, the first that does not; as in Python."""

    def junction(lookup: Lookup) -> object:
        value: object = None
        for term in terms:
            value = term(lookup)
            if arithmetic.is_true(value) is stops_at:
                break
        return value

    return _locate_refusal(junction, offset)


def _chain_operations(first: Run, rest: list[tuple[_Token, Run]], step: Callable[[str, object, object], object]) -> Run:
    """The operations from left to right, in a loop: a sum of 500 terms must not be 500 calls deep."""

    def chain(lookup: Lookup) -> object:
        value = first(lookup)
        for token, run in rest:
            operand = run(lookup)
            try:
                value = step(token.text, value, operand)
            except Refusal as refusal:
                raise refusal.locate_at(token.offset) from None
        return value

    return chain


def _chain_comparisons(first: Run, rest: list[tuple[_Token, Run]]) -> Run:
    """Comparisons chained as in Python: `1 < $n < 5` makes both, and stops at the first that is false."""

    def comparison(lookup: Lookup) -> object:
        left = first(lookup)
        for token, run in rest:
            right = run(lookup)
            try:
                if not arithmetic.compare(token.text, left, right):
                    return False
            except Refusal as refusal:
                raise refusal.locate_at(token.offset) from None
            left = right
        return True

    return comparison
