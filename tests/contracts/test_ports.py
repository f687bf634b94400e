"""Ports are the parameters of the rule and of the forward, in order, and Keras's call arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from shapecalc.forward import base
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import CATALOGUE, find
from tests.contracts.feeds import TYPES
from tests.contracts.signatures import SIGNATURES

REGISTERED = ("masks",)
"""What a forward is given besides its feed, where it registers for that."""


def found(name: str) -> type[Layer]:
    layer_type = find(name)
    assert layer_type is not None
    return layer_type


def names(layer_type: type[Layer]) -> list[str]:
    return [port_name(port) for port in layer_type.ports]


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_rule_takes_what_the_ports_say(name: str) -> None:
    layer_type = found(name)
    _, *fed = parameters(layer_type.rule)
    assert [one.name for one in fed] == names(layer_type)
    may_be_left_out = [port[-1] in "?*" for port in layer_type.ports]
    assert [one.default is not one.empty for one in fed] == may_be_left_out


@pytest.mark.parametrize("name", TYPES)
def test_the_forward_takes_what_the_ports_say(name: str) -> None:
    layer_type = found(name)
    assert base.has_forward(layer_type)
    _, _, *fed = parameters(base._FORWARDS[layer_type.__name__])
    assert [one.name for one in fed if one.name not in REGISTERED] == names(layer_type)


@pytest.mark.parametrize("name", TYPES)
def test_the_ports_are_keras_call_arguments_in_its_order(name: str) -> None:
    ports = names(found(name))
    assert [one for one in SIGNATURES.get(name, {"call": ports})["call"] if one in ports] == ports


@pytest.mark.parametrize("name", ["InputLayer", "Lambda"])
def test_what_every_spec_is_refused_cannot_be_run(name: str) -> None:
    assert not base.has_forward(found(name))
