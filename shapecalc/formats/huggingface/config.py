"""The config of a published model, `config.json`, as the text of a spec: its `model_type` says which, and its keys the
arguments. What the spec would not model is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import Diagnostic, Fault, Refusal, Span, did_you_mean, error, note, shorten, sort_key
from shapecalc.expressions import arithmetic
from shapecalc.expressions.evaluate import evaluate, names
from shapecalc.formats.huggingface.argument import Argument
from shapecalc.formats.huggingface.tables import Table, choose_head, list_model_types, read_table
from shapecalc.formats.json_text import parse_json
from shapecalc.layers.arguments.plain import as_yaml, convert_fraction

if TYPE_CHECKING:
    from shapecalc.formats.made_spec import SpecText

_TYPE = "model_type"
_CLASSES = "architectures"
_OF_THE_WHOLE = (_TYPE, _CLASSES, "dtype", "torch_dtype")
"""Keys that, where the config has them at the top, sections may say otherwise of their parts."""
_MOST_ITEMS = 10_000
"""Of a list in a config: the layers of a model are fewer."""


def read_config(data: bytes, file: str) -> SpecText | None:
    """The spec of a config; None where the JSON is none. Raises Fault with SC620 for what is not modelled."""
    text = data.decode("utf-8-sig", "replace")
    try:
        config = parse_json(text)
    except json.JSONDecodeError as failure:
        span = Span(file, failure.lineno, failure.colno, failure.colno + 1)
        raise Fault(error("SC101", f"the file is no JSON: {failure.msg}", span)) from None
    except Fault as fault:
        raise Fault(*(finding._replace(span=Span(file, 0, 0, 0)) for finding in fault.diagnostics)) from None
    if not isinstance(config, dict) or _TYPE not in config or "layers" in config:
        return None
    from shapecalc.formats.huggingface.fill import fill_spec, read_defaults

    try:
        reader = _Reader(config, text, file)
        reader.spec_defaults = read_defaults(reader.table.spec)
        written = fill_spec(reader.table.spec, reader.model_type, reader.read_arguments())
    except Fault as fault:
        fault.text = text
        raise
    return written._replace(source=text, notes=tuple(reader.list_notes()))


class _Reader:
    """Reads one config by the table of its model type."""

    def __init__(self, config: dict[str, Any], text: str, file: str) -> None:
        """Raises Fault where there is no such table."""
        self.text = text
        self.file = file
        self.findings: list[Diagnostic] = []
        self.spec_defaults: dict[str, Any] = {}
        self.model_type = self.read_type(config)
        self.table: Table = read_table(self.model_type)
        self.keys: dict[str, Any] = {}
        self.paths: dict[str, tuple[str, ...]] = {}
        self.flatten({key: config[key] for key in sorted(config, key=self.table.sections.__contains__)}, (), "")
        self.choose_head()

    def read_type(self, config: dict[str, Any]) -> str:
        """The model type, which has a table. Raises Fault."""
        model_type, known = config[_TYPE], list_model_types()
        if isinstance(model_type, str) and model_type in known:
            return model_type
        guess = did_you_mean(model_type, known) if isinstance(model_type, str) else None
        help = f"did you mean `{guess}`?" if guess else f"the model types are {', '.join(known)}"
        message = f"there is no table for the model type {as_yaml(model_type)}"
        raise Fault(error("SC620", message, self.span((_TYPE,)), help=help))

    def flatten(self, config: dict[str, Any], path: tuple[str, ...], prefix: str) -> None:
        """Takes in the keys of a mapping, and those of the sections in it."""
        for key, value in config.items():
            dotted = ".".join((*path, key))
            name, inner = prefix + key, self.table.sections.get(prefix + key)
            name = dotted if path and dotted in self.table.only else name
            if path and name in _OF_THE_WHOLE:
                self.keys.setdefault(name, value)
                self.paths.setdefault(name, (*path, key))
            elif inner is None or not isinstance(value, dict):
                self.keys[name] = value
                self.paths[name] = (*path, key)
            elif len(path) < len(self.table.sections):
                self.flatten(value, (*path, key), inner)

    def choose_head(self) -> None:
        """Takes the arguments for the class that the config names, the table's first where it names none."""
        classes = self.keys.get(_CLASSES)
        known = list(self.table.architectures)
        if not known:
            return
        chosen = classes[0] if isinstance(classes, list) and classes else classes or known[0]
        if isinstance(chosen, str) and chosen in known:
            self.table = choose_head(self.table, chosen)
            return
        message = f"`{_CLASSES}`: {as_yaml(chosen)} of {self.model_type} is not modelled"
        self.refuse(_CLASSES, message, f"modelled: {', '.join(known)}")

    def read_arguments(self) -> dict[str, Argument]:
        """The arguments of the spec by their names. Raises Fault with all that is wrong."""
        self.refuse_unknown()
        self.refuse_unmodelled()
        arguments = {}
        if not self.refuse_kinds():
            self.refuse_unfit()
            arguments = {name: self.read_argument(name, value) for name, value in self.table.args.items()}
        if self.findings:
            raise Fault(*sorted(dict.fromkeys(self.findings), key=sort_key))
        return arguments

    def read_argument(self, name: str, value: Any) -> Argument:
        """An argument of the spec, worked out of keys."""
        keys = self.list_keys(value)
        try:
            result = convert_fraction(self.evaluate(value))
        except Fault as missing:
            self.findings += missing.diagnostics
            return Argument(None, keys)
        except Refusal as refusal:
            self.refuse_given(keys, f"no `{name}`: {refusal.message}")
            return Argument(None, keys)
        reason = _find_reason(result)
        if reason is not None:
            given = [key for key in keys if key in self.keys]
            key = next((key for key in given if _find_reason(self.keys[key]) is not None), given[0] if given else _TYPE)
            self.refuse(key, f"{self.quote(key)} {reason}")
        elif result is not None or self.table.optional.keys().isdisjoint(keys):
            default = self.find_spec_default(name)
            kind = _find_kind(float(default) if type(default) is int else default)
            if kind is not None and not kind.fits(result):
                self.refuse_given(keys, f"no `{name}`: {as_yaml(result)} is no {kind.name}")
        return Argument(result, keys)

    def find_spec_default(self, name: str) -> Any:
        """The default of an argument in the spec, worked out of others where it is an expression."""
        default = self.spec_defaults.get(name)
        return evaluate(default, self.find_spec_default) if isinstance(default, str) and "$" in default else default

    def refuse_given(self, keys: tuple[str, ...], words: str, help: str | None = None) -> None:
        """Reports what does not come out of keys with the values that they have here."""
        given = [key for key in keys if key in self.keys] or [_TYPE]
        values = [f"{self.quote(key)}: {as_yaml(self.keys.get(key, self.model_type))}" for key in given]
        self.refuse(given[0], f"{' and '.join(values)} {'give' if len(given) > 1 else 'gives'} {words}", help)

    def list_keys(self, value: Any) -> tuple[str, ...]:
        """The keys of the config that a value of the table reads, also by way of defaults."""
        found: dict[str, None] = {}
        waiting = [*_list_names(value)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                if name not in self.keys:
                    waiting += _list_names(self.table.defaults.get(name))
        return tuple(found)

    def evaluate(self, value: Any) -> Any:
        """A value of the table with its expressions evaluated. Raises Refusal, Fault."""
        if isinstance(value, str) and "$" in value:
            return evaluate(value, self.find_key)
        return [self.evaluate(item) for item in value] if isinstance(value, list) else value

    def find_key(self, name: str) -> Any:
        """What the config says of a key, or else the default. Raises Fault where there is neither."""
        if name in self.keys:
            return self.keys[name]
        if name in self.table.defaults:
            return self.evaluate(self.table.defaults[name])
        message = f"a config of {self.model_type} has the key {self.quote(name)}, and here it is missing"
        raise Fault(error("SC620", message, self.span((_TYPE,))))

    def refuse_unknown(self) -> None:
        """Reports keys that no table names: they may change the model."""
        read = {name for value in self.table.args.values() for name in _list_names(value)}
        read |= {name for value in self.table.defaults.values() for name in _list_names(value)}
        known = {_TYPE, _CLASSES, *read, *self.table.defaults, *self.table.only, *self.table.ignored}
        known |= self.table.noted.keys() | self.table.sections.keys()
        for key, (*above, bare) in self.paths.items():
            if key not in known and not (above and bare in self.table.generic):
                guess = did_you_mean(key, [name for name in known if name not in self.keys])
                help = f"did you mean `{guess}`?" if guess else "delete it, if it changes no layer"
                self.refuse(key, f"no spec models the key {self.quote(key)} of {self.model_type}", help)

    def refuse_kinds(self) -> bool:
        """Reports values of another kind than their defaults, and says whether there are any."""
        before = len(self.findings)
        for key in self.keys.keys() & self.table.defaults.keys() - self.table.only.keys():
            default, value = self.find_literal(key), self.keys[key]
            kind = _find_kind(default)
            if kind is not None and value is not None and not kind.fits(value):
                self.refuse(key, f"{self.quote(key)}: {as_yaml(value)} is no {kind.name}")
        return len(self.findings) > before

    def find_literal(self, key: str) -> Any:
        """The default of a key, of another where it is that of another; None where it is worked out.

        Of one that may be null it is a value such as it has else.
        """
        default = self.table.optional.get(key, self.table.defaults.get(key))
        if not isinstance(default, str) or "$" not in default:
            return default
        return self.find_literal(default[1:]) if default[1:] in self.table.defaults else None

    def refuse_unmodelled(self) -> None:
        """Reports values that the spec does not model, of keys that are there or have a default."""
        for key, allowed in self.table.only.items():
            if key not in self.keys and key not in self.table.defaults:
                continue
            try:
                value, values = self.find_key(key), [self.evaluate(item) for item in allowed]
            except (Fault, Refusal):
                continue  # it is told where the argument is read
            if not _is_among(value, values):
                given = key
                if key not in self.keys:
                    given = next((name for name in self.list_keys(f"${key}") if name in self.keys), key)
                message = f"{self.quote(given)}: {as_yaml(value)} of {self.model_type} is not modelled"
                self.refuse(given, message, "modelled: " + ", ".join(map(as_yaml, values)))

    def refuse_unfit(self) -> None:
        """Reports values that do not go together."""
        for condition in self.table.requires:
            try:
                fits = self.evaluate(condition)
            except (Fault, Refusal):
                continue  # it is told where the argument is read
            if not fits:
                self.refuse_given(self.list_keys(condition), "no model", f"wanted: {condition.replace('$', '')}")

    def list_notes(self) -> list[Diagnostic]:
        """What is to be known of keys that the spec leaves out."""
        given = [key for key in self.table.noted if self.keys.get(key)]
        return [note("SC616", f"`{key}`: {self.table.noted[key]}", self.span(self.paths[key])) for key in given]

    def quote(self, key: str) -> str:
        """A key as the config has it, after the section that it stands in: `vision_config.image_size`."""
        prefixes = {prefix: section for section, prefix in self.table.sections.items() if prefix}
        section = next((prefix for prefix in prefixes if key.startswith(prefix)), None)
        return f"`{shorten(key if section is None else f'{prefixes[section]}.{key.removeprefix(section)}')}`"

    def refuse(self, key: str, message: str, help: str | None = None) -> None:
        self.findings.append(error("SC620", message, self.span(self.paths.get(key, (_TYPE,))), help=help))

    def span(self, path: tuple[str, ...]) -> Span:
        """Where a key stands in the text, for a path of keys; the file where it is not found."""
        start = end = 0
        for key in path:
            match = re.compile(re.escape(json.dumps(key)) + r"(?=\s*:)").search(self.text, end)
            if match is None:
                return Span(self.file, 0, 0, 0, ".".join(path))
            start, end = match.span()
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        return Span(self.file, line, column, column + end - start)


class _Kind(NamedTuple):
    name: str
    fits: Callable[[Any], bool]


_KINDS: dict[type, _Kind] = {
    bool: _Kind("truth value", lambda value: isinstance(value, bool)),
    int: _Kind("whole number of at least 0", lambda value: type(value) is int and value >= 0),
    float: _Kind("number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    str: _Kind("text", lambda value: isinstance(value, str)),
}
"""The kinds of defaults, truth values first: in Python they are numbers."""


def _find_kind(default: Any) -> _Kind | None:
    """The kind of values that a default is of; None where it is null or a list, which say nothing."""
    return next((_KINDS[kind] for kind in _KINDS if isinstance(default, kind)), None)


def _is_among(value: Any, values: list[Any]) -> bool:
    """Whether a value is one of these, or a list of such."""
    try:
        if any(arithmetic.compare("==", value, item) for item in values):
            return True
    except Refusal:  # a number beyond all bounds
        return False
    return isinstance(value, list) and bool(value) and all(_is_among(item, values) for item in value)


def _list_names(value: Any) -> tuple[str, ...]:
    """The names in the expressions of a value."""
    if isinstance(value, list):
        return tuple(name for item in value for name in _list_names(item))
    return names(value) if isinstance(value, str) and "$" in value else ()


def _find_reason(value: Any) -> str | None:
    """Why a value cannot be an argument of a spec; None where it can."""
    if isinstance(value, list):
        if len(value) > _MOST_ITEMS:
            return f"is a list of more than {_MOST_ITEMS:,} values"
        return next((reason for item in value if (reason := _find_reason(item)) is not None), None)
    if isinstance(value, str) and "$" in value:
        return "has a `$`, which no value of a config has"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no finite number"
    return "is a mapping, and a value is wanted" if isinstance(value, dict) else None
