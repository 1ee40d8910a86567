"""The hooks of the plugin, which delegate.

Everything imported here is imported at the start of every pytest run in the environment; what only
runs with cassettes need comes later, see ``conftest_plugin.session``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import options, placeholders, session
from conftest_plugin.session import session_of
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = [
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_deselected",
    "pytest_fixture_post_finalizer",
    "pytest_fixture_setup",
    "pytest_generate_tests",
    "pytest_itemcollected",
    "pytest_load_initial_conftests",
    "pytest_make_collect_report",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_unconfigure",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group ``llmcassette``."""
    options.add(parser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Provide keys, which SDKs want while a conftest is imported; under ``--llm-ci`` guard it."""
    placeholders.provide(early_config)
    with session.loading_conftests(early_config):
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and begin the run."""
    options.add_marker(config)
    session.start(config)
    placeholders.provide(config)
    current_run.placeholders = placeholders.provided(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run."""
    session.finish(config)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See all tests of a file, also those that will not be selected."""
    report = yield
    if isinstance(collector, pytest.Module | pytest.Class):
        session_of(collector.config).module_or_class(collector, report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each chunking, and for each parameter of ``llm_cassette_config``."""
    is_marked = metafunc.definition.get_closest_marker(options.MARKER) is not None
    if is_marked or options.FIXTURE in metafunc.fixturenames:
        from conftest_plugin.pytest_private import run_by_parameters_of

        run_by_parameters_of(metafunc, options.CONFIG)
    if is_marked:
        from conftest_plugin.settings import parametrize_chunkings

        parametrize_chunkings(metafunc)


def pytest_itemcollected(item: pytest.Item) -> None:
    """See which tests use a cassette."""
    session_of(item.config).test(item)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """See which tests will not run."""
    if items:
        session_of(items[0].config).deselect(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """See which tests other plugins have marked; with ``CI=true`` guard the run from now on."""
    session_of(session.config).collection_finished(session.items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Begin a test."""
    __tracebackhide__ = True
    session_of(item.config).begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Keep a fixture from a provider while no cassette is open."""
    __tracebackhide__ = True
    return (yield from session_of(request.config).setting_up(fixturedef, request))


def pytest_fixture_post_finalizer(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Close the cassettes that a fixture has left open."""
    session_of(request.config).torn_down(fixturedef)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test by what its cassette could not answer, wherever that error has got to."""
    __tracebackhide__ = True
    return (yield from session_of(item.config).calling(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Keep fixtures from a provider, and close the cassettes that the test has left open."""
    __tracebackhide__ = True
    return (yield from session_of(item.config).tearing_down(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a miss outweigh what xfail and others make of a test: this is the outermost wrapper."""
    session_of(item.config).raised(call)
    report = yield
    session_of(item.config).reported(item, call, report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge the run before pytest writes its files; a worker of pytest-xdist sends its facts."""
    session_of(session.config).finish(session)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what was replayed and recorded; nothing where no cassette was used."""
    session_of(config).print_summary(terminalreporter)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist may not be installed
    """pytest-xdist: give a worker the time at which the run began."""
    node.workerinput["llm_started"] = current_run.started


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ANN401, ARG001
    """pytest-xdist: add what a worker counted."""
    session_of(node.config).add_worker(getattr(node, "workeroutput", {}).get("llmcassette"))
