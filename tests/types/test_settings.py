"""``CassetteSettings`` (for type checkers) agrees with ``Settings`` (checked at run time)."""

from __future__ import annotations

from dataclasses import fields

import pytest

from llmcassette import CassetteConfig, CassetteSettings
from llmcassette.recorder.settings import Layer, Settings, merge
from tests.types.every_setting import FIRST, SECOND

NAMES = [field.name for field in fields(Settings)]

TYPED_AS = {
    "Bytes": "int | str",
    "bool | None": "bool",
    "tuple[str, ...]": "Strings",
    "tuple[str | tuple[str, str], ...]": "Sequence[UrlRule]",
    "tuple[PersonalKind, ...]": "bool | Sequence[PersonalKind]",
    "Callable[..., bool] | None": "Matcher | None",
    "tuple[RedactionFunction, ...]": "RedactionFunction | Sequence[RedactionFunction]",
    "tuple[Fault, ...]": "Sequence[Fault | str]",
    "Unused | None": "Unused",
    "timedelta | None": "str | None",
    "Stale | None": "Stale",
}


def annotation(typed_dict, name):
    return typed_dict.__annotations__[name].__forward_arg__


def test_the_names_are_the_same():
    assert list(CassetteSettings.__annotations__) == NAMES[1:]
    assert NAMES[0] == "mode"
    assert set(CassetteConfig.__annotations__) == set(NAMES)


def test_the_types_are_those_of_the_checked_values_or_what_these_are_made_from():
    kept = {field.name: str(field.type) for field in fields(Settings)}

    typed = {name: annotation(CassetteConfig, name) for name in NAMES}

    assert typed == {name: TYPED_AS.get(kind, kind) for name, kind in kept.items()}


def test_none_of_them_is_required():
    assert CassetteSettings.__required_keys__ == CassetteConfig.__required_keys__ == frozenset()


@pytest.mark.parametrize("values", [FIRST, SECOND])
def test_run_time_takes_the_values_that_type_checkers_take(values):
    merge([Layer("here", values)])


def test_the_examples_are_of_every_setting():
    assert list(FIRST) == NAMES
