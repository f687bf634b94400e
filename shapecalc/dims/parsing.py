"""Sizes and shapes read back from the text that prints them. ValueError on anything else."""

from __future__ import annotations

from shapecalc.dims.dim import MAX_DEGREE, Dim, Size, symbol, unknown
from shapecalc.dims.division import floor_div
from shapecalc.dims.shape import Shape

MAX_LENGTH = 1000
MAX_DEPTH = 48
MAX_BITS = 4096


def parse_size(text: str) -> Size:
    """`5`, `T`, `2*T + 1`, `8*((T + 1)//2)`; each `None` is an unknown of its own. Python's precedence."""
    parser = _Parser(text, "a size")
    size = parser.read_sum()
    parser.finish()
    return size


def parse_shape(text: str) -> Shape:
    """`(None, 5, 1)` or `[5, T]`: sizes between brackets, commas between them."""
    parser = _Parser(text, "a shape")
    closing = {"(": ")", "[": "]"}.get(parser.take())
    if closing is None:
        raise parser.make_error()
    sizes: list[Size] = []
    while parser.next != closing:
        size = parser.read_sum()
        if isinstance(size, int) and size < 0:
            raise parser.make_error("a size is not negative")
        sizes.append(size)
        if parser.next != closing:
            parser.expect(",")
    parser.take()
    parser.finish()
    return Shape(sizes)


class _Parser:
    """Recursive descent, one method a level of precedence; `next` is the token to come, empty at the end."""

    def __init__(self, text: str, wanted: str) -> None:
        self.text = text
        self.wanted = wanted
        self.position = 0
        self.depth = 0
        self.next = ""
        if len(text) > MAX_LENGTH:
            raise ValueError(f"cannot read {wanted} of {len(text)} characters: at most {MAX_LENGTH}")
        self.take()

    def make_error(self, reason: str = "") -> ValueError:
        text = self.text if len(self.text) <= 80 else f"{self.text[:77]}..."
        return ValueError(f"cannot read {text!r} as {self.wanted}" + (f": {reason}" if reason else ""))

    def take(self) -> str:
        """The token to come; moves on to the one after."""
        token, text, start = self.next, self.text, self.position
        while start < len(text) and text[start].isspace():
            start += 1
        end = start + 1
        if text[start:end].isidentifier() or text[start:end].isdecimal():
            while end < len(text) and (text[end].isdecimal() or f"a{text[end]}".isidentifier()):
                end += 1
        elif text[start : start + 2] in ("**", "//"):
            end = start + 2
        self.next, self.position = text[start:end], end
        return token

    def expect(self, token: str) -> None:
        if self.next != token:
            raise self.make_error(f"{token!r} is missing" if not self.next else f"{self.next!r} is not expected")
        self.take()

    def finish(self) -> None:
        if self.next:
            raise self.make_error(f"{self.next!r} is not expected")

    def read_sum(self) -> Size:
        size = self.read_product()
        while self.next in ("+", "-"):
            operator = self.take()
            term = self.read_product()
            size = self.require_bounded(size + term if operator == "+" else size - term)
        return size

    def read_product(self) -> Size:
        size = self.read_signed()
        while self.next in ("*", "//"):
            operator = self.take()
            factor = self.read_signed()
            if operator == "*":
                size = self.require_bounded(size * factor)
            elif isinstance(factor, int) and factor >= 1:
                size = floor_div(size, factor)
            else:
                raise self.make_error("// takes a whole number of at least 1")
        return size

    def read_signed(self) -> Size:
        negative = False
        while self.next == "-":
            self.take()
            negative = not negative
        size = self.read_power()
        return -size if negative else size

    def read_power(self) -> Size:
        base = self.read_atom()
        if self.next != "**":
            return base
        self.take()
        exponent = self.read_atom()
        if not isinstance(exponent, int) or not 0 <= exponent <= MAX_DEGREE:
            raise self.make_error(f"** takes a whole number of at most {MAX_DEGREE}")
        return self.require_bounded(base**exponent)

    def read_atom(self) -> Size:
        token = self.take()
        if token == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.make_error("too many brackets")
            size = self.read_sum()
            self.expect(")")
            self.depth -= 1
            return size
        if token.isdecimal():
            return self.require_bounded(int(token))
        if token.isidentifier():
            return unknown() if token == "None" else symbol(token)
        raise self.make_error(f"{token!r} is not expected" if token else "it ends too soon")

    def require_bounded(self, size: Size) -> Size:
        """The size. Raises ValueError where its numbers are too large."""
        numbers = size.terms.values() if isinstance(size, Dim) else (size,)
        if any(number.bit_length() > MAX_BITS for number in numbers):
            raise self.make_error("its numbers are too large")
        return size
