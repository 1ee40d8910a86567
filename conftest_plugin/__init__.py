"""The pytest plugin of llmcassette: hooks that delegate, and the fixtures people use.

Everything here is imported at the start of every pytest run in the environment, so nothing here
imports a client library or YAML; what does is imported when a test uses a cassette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest_plugin import options, placeholders, session
from conftest_plugin.fixtures import llm_cassette, llm_cassette_config, llm_cassettes

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["llm_cassette", "llm_cassette_config", "llm_cassettes"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group ``llmcassette``."""
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """SDK clients are often made while a conftest is imported, and want a key."""
    placeholders.provide(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and tell the library what the command line decided."""
    session.start(config)
    placeholders.provide(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take back what ``pytest_configure`` told."""
    placeholders.withdraw(config)
    session.finish(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The marker alone activates, and the cassette opens before function-scoped fixtures."""
    session.of(item.config).collect(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Between here and the opening of the cassette, fixtures must not reach a provider."""
    session.of(item.config).begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Know which fixture is at work, for the message."""
    fixture = f"the {fixturedef.scope}-scoped fixture {fixturedef.argname!r}"
    with session.of(request.config).fixture_at_work(fixture, "set-up"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """After the cassette has closed, wider fixtures must not reach a provider either."""
    of = session.of(item.config)
    try:
        with of.fixture_at_work("a fixture", "teardown"):
            return (yield)
    finally:
        of.end()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The outermost wrapper: a kept miss outweighs what xfail and others make of the test."""
    report = yield
    return session.of(item.config).judge(item, call, report)
