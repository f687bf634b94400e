"""The kinds of argument that hold words: text, true and false, choices, and the names of what Keras has."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.names import (
    ACTIVATIONS,
    CONSTRAINTS,
    DTYPE_FRIENDS,
    DTYPES,
    INITIALIZER_ALIASES,
    INITIALIZER_FRIENDS,
    INITIALIZERS,
    POLICIES,
    REGULARIZERS,
)
from shapecalc.layers.arguments.plain import as_yaml, convert_fraction, convert_text
from shapecalc.layers.class_names import camel_case, snake_case


class FlagKind(Kind):
    name = "true or false"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, bool):
            return value
        said = {"true": ("true", "yes", "on", "1", "t", "y"), "false": ("false", "no", "off", "0", "f", "n")}
        meant = next((word for word, words in said.items() if str(value).lower() in words), None)
        raise Refusal(
            f"must be true or false, got {as_yaml(value)}",
            code="SC204",
            help=f"write `{meant}`, without quotes" if meant else None,
            instead=meant,
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import flag_schema

        return flag_schema()


class TextKind(Kind):
    name = "text"
    takes_text = True

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str):
            return value
        raise Refusal(
            f"must be text, got {as_yaml(value)}",
            code="SC204",
            help=f'quote it: "{as_yaml(value)}"' if value is not None else None,
            instead=f'"{as_yaml(value)}"' if isinstance(value, (bool, int, float)) else None,
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "string"}


class ChoiceKind(Kind):
    name = "choice"

    def __init__(self, options: tuple[str, ...], *, any_case: bool = False) -> None:
        self.options = options
        self.any_case = any_case

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value in self.options:
            return value
        if self.any_case and isinstance(value, str) and value.lower() in self.options:
            return value.lower()
        by_number = "same" in self.options and isinstance(value, (int, list)) and hasattr(owner, "rank")
        instead = "same" if by_number else _guess_option(value, self.options)
        zeros = (
            f"for a number of zeros put `ZeroPadding{getattr(owner, 'rank', 2)}D: {{padding: {as_yaml(value)}}}` before"
        )
        raise Refusal(
            f"must be one of {', '.join(self.options)}; got {as_yaml(value)}",
            help=f"write `same` to keep the size; {zeros}" if by_number else None,
            code="SC204",
            instead=instead,
            safe=not by_number and not _has_rival(value, instead, self.options),
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import words_schema

        return words_schema(self.options, any_case=self.any_case)


class DtypeKind(Kind):
    name = "dtype"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value in (*DTYPES, *POLICIES):
            return value
        raise Refusal(
            f"must be a dtype, got {as_yaml(value)}",
            code="SC407",
            instead=(guess := _guess_option(value, (*DTYPES, *POLICIES), DTYPE_FRIENDS)),
            safe=not _has_rival(value, guess, (*DTYPES, *POLICIES)),
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import words_schema

        return words_schema((*DTYPES, *POLICIES))


class ActivationKind(Kind):
    name = "activation"

    def read(self, value: object, owner: type) -> Any:
        if value is None:
            return None
        if isinstance(value, str) and value in ACTIVATIONS:
            return value
        raise Refusal(
            f"must be the name of a Keras activation, got {as_yaml(value)}",
            code="SC204",
            help=None if (guess := _guess_option(value, ACTIVATIONS)) else "`shapecalc layers Activation` lists them",
            instead=guess,
            safe=not _has_rival(value, guess, ACTIVATIONS),
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import words_schema

        return words_schema((*ACTIVATIONS, None))


class InitializerKind(Kind):
    """A name, or `{NAME: {argument: value}}`; held as (name, ((argument, value), ...))."""

    name = "initializer"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, tuple):
            return value
        name: object = value
        arguments: Any = None
        if isinstance(value, dict) and len(value) == 1:
            ((name, arguments),) = value.items()
        known = _find_initializer(name)
        if known is None or not isinstance(arguments, (dict, NoneType)):
            raise Refusal(
                f"must be the name of a Keras initializer, got {as_yaml(value)}",
                code="SC204",
                instead=(guess := _guess_option(name, tuple(INITIALIZERS), INITIALIZER_FRIENDS)),
                safe=not _has_rival(name, guess, tuple(INITIALIZERS)),
                wrong="" if isinstance(value, str) else str(name),
            )
        for key in arguments or {}:
            if key not in INITIALIZERS[known]:
                takes = ", ".join(INITIALIZERS[known]) or "no arguments"
                message = f"names the initializer {known}, which has no argument {as_yaml(key)}; it takes {takes}"
                raise Refusal(message, code="SC202")
        if known == "constant" and "value" not in (arguments or {}):
            message = "names the initializer constant, which needs its value"
            written = "{constant: {value: 0.1}}"
            raise Refusal(message, code="SC204", help=f"write `{written}`", instead=written, example=True)
        return known, tuple(sorted((key, convert_text(item)) for key, item in (arguments or {}).items()))

    def expand(self, default: Any, owner: type) -> Any:
        return self.read(default, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import named_schema

        classes = (camel_case(name) for name in INITIALIZERS)
        return named_schema(INITIALIZERS, (*classes, *INITIALIZER_ALIASES), {"constant": ("value",)})


def _find_initializer(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    known = INITIALIZER_ALIASES.get(name, name)
    if known in INITIALIZERS:
        return known
    small = snake_case(known)
    return small if small in INITIALIZERS and known == camel_case(small) else None


class NamedKind(Kind):
    """A name, or `{NAME: {argument: value}}`, of what `table` holds: class names, or the same in small letters."""

    def __init__(self, name: str, table: dict[str, tuple[str, ...]]) -> None:
        self.name = name
        self.table = table | {_strip_word(name): arguments for name, arguments in table.items()}

    def read(self, value: object, owner: type) -> Any:
        name, arguments = value, None
        if isinstance(value, dict) and len(value) == 1:
            ((name, arguments),) = value.items()
        if not isinstance(name, str) or name not in self.table or not isinstance(arguments, (dict, NoneType)):
            guess = _guess_option(name, [*self.table]) if isinstance(name, str) else None
            instead = guess if guess != name else None
            help = None if instead else f"Keras has {', '.join(self.table)}"
            raise Refusal(
                f"must be the name of a Keras {self.name}, got {as_yaml(value)}",
                code="SC204",
                help=help,
                instead=instead,
                safe=not _has_rival(name, instead, [*self.table]),
                wrong="" if isinstance(value, str) else str(name),
            )
        if arguments is None:
            return value if isinstance(value, str) else {name: None}
        for key in arguments:
            if key not in self.table[name]:
                takes = ", ".join(self.table[name]) or "no arguments"
                message = f"the {self.name} {name} has no argument {as_yaml(key)}; it takes {takes}"
                raise Refusal(message, code="SC202")
        return {name: {key: convert_fraction(item) for key, item in arguments.items()}}

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import named_schema

        return named_schema(self.table)


def _strip_word(name: str) -> str:
    """`max_norm` of `MaxNorm`; Keras writes `l1l2` in one."""
    return name.lower() if name.startswith("L") else snake_case(name)


REGULARIZER = NamedKind("regularizer", REGULARIZERS)


CONSTRAINT = NamedKind("constraint", CONSTRAINTS)


def _guess_option(
    word: object, options: tuple[str, ...] | list[str], friends: Mapping[str, str] | None = None
) -> str | None:
    """The option that a word was probably meant to be."""
    from shapecalc.diagnostics import did_you_mean

    return did_you_mean(str(word), options, friends)


def _has_rival(word: object, guess: str | None, options: tuple[str, ...] | list[str]) -> bool:
    """Whether another option is as near to a word as the one that was guessed."""
    from shapecalc.diagnostics import has_rival

    return guess is not None and has_rival(str(word), guess, options)
