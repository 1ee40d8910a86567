"""The pytest plugin of llmcassette: hooks that delegate, and the fixtures people use.

Everything here is imported at the start of every pytest run in the environment; what serves a run
that uses cassettes comes later, see ``conftest_plugin.standby``.
"""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import options, placeholders, standby
from conftest_plugin.fixtures import (
    OpenCassette,
    _llm_cassette_guard,
    llm_cassette,
    llm_cassette_config,
    llm_cassettes,
)
from conftest_plugin.options import MARKER
from conftest_plugin.pytest_private import is_imported
from llmcassette.errors import CassetteError
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = [
    "OpenCassette",
    "_llm_cassette_guard",
    "llm_cassette",
    "llm_cassette_config",
    "llm_cassettes",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group ``llmcassette``."""
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """SDK clients are often made while a conftest is imported, and want a key."""
    placeholders.provide(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and tell the library what the command line decided."""
    options.add_marker(config)
    standby.start(config)
    placeholders.provide(config)
    current_run.placeholders = placeholders.provided(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take back what ``pytest_configure`` told."""
    standby.finish(config)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See all tests of a file, also those that will not be selected."""
    report = yield
    if isinstance(collector, pytest.Module | pytest.Class):
        children: Sequence[Any] = report.result or ()
        standby.of(collector.config).tell(
            methodcaller(
                "look_at",
                collector,
                report.outcome,
                children,
                is_imported=is_imported(collector),
            )
        )
        if report.failed:
            from conftest_plugin.verdict.key_hints import explain

            explain(collector, report)
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each chunking, where the marker asks for every one."""
    if metafunc.definition.get_closest_marker(MARKER) is not None:
        from conftest_plugin import chunkings

        chunkings.generate(metafunc, MARKER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The marker alone activates, and the cassette opens before function-scoped fixtures."""
    standby.of(item.config).collect(item)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Know which tests of a shared cassette will not run."""
    if items:
        from conftest_plugin.selecting import left_out

        of = standby.of(items[0].config)
        of.tell(methodcaller("deselect", items, left_out(items[0].config, items)))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Under ``--llm-ci`` nothing leaves this machine, also while tests are collected."""
    close_network(session.config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """A conftest may have marked tests by now; see also ``pytest_sessionstart``."""
    standby.of(session.config).look_again(session.items)
    # Where only the environment says CI, not before it is known that cassettes are used.
    close_network(session.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Between here and the opening of the cassette, fixtures must not reach a provider."""
    __tracebackhide__ = True
    standby.of(item.config).begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Know which fixture is at work, for the message."""
    __tracebackhide__ = True
    of = standby.of(request.config)
    # One of a class is the test's own where the test is in none.
    outlives_the_test = fixturedef.scope != "function" and request.node is not of.item
    if outlives_the_test:
        of.wide_fixtures.append(fixturedef)
    try:
        if of.session is None:
            return (yield)
        with of.session.setting_up(fixturedef, request):
            result = yield
        if outlives_the_test:
            of.session.reruns.fixture_is_set_up()
        return result
    finally:
        if outlives_the_test:
            of.wide_fixtures.pop()


def pytest_fixture_post_finalizer(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """A fixture that outlives a test has been torn down."""
    session = standby.of(request.config).session
    if session is not None and fixturedef.scope != "function":
        session.close_left_open_by_fixture(fixturedef)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test ends with what its cassette could not answer, wherever that error has got to."""
    __tracebackhide__ = True
    of = standby.of(item.config)
    try:
        with of.running(item):
            result = yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:
        failure = of.overrules(item, raised)
        if failure is None or failure is raised:
            raise
    else:
        failure = of.overrules(item, None)
        if failure is None:
            return result
    raise failure


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """After the cassette has closed, wider fixtures must not reach a provider either."""
    __tracebackhide__ = True
    of = standby.of(item.config)
    try:
        with of.tearing_down(item):
            return (yield)
    finally:
        of.end()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The outermost wrapper: a kept miss outweighs what xfail and others make of the test."""
    raised = call.excinfo.value if call.excinfo is not None else None
    if isinstance(raised, CassetteError):
        from conftest_plugin.verdict import failure_report

        failure_report.hide_our_frames(raised)
        report = yield
        failure_report.tell(item, report, raised)
    else:
        report = yield
    standby.of(item.config).reported(item, call, report)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Errors that came when their test was over fail the run; a worker sends what it counted."""
    held = standby.of(session.config).session
    if held is None:
        return
    fails = held.finish_counting()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["llmcassette"] = held.run_end.message()
    else:
        fails = held.run_end.conclude() or fails
    if fails and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What was replayed and recorded; nothing where no cassette was used."""
    held = standby.of(config).session
    if held is not None:
        held.run_end.tell(terminalreporter)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist may not be installed
    """pytest-xdist: a worker obeys the time at which the run began."""
    node.workerinput["llm_started"] = current_run.started


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ANN401, ARG001
    """pytest-xdist: a worker has finished and sent what it counted."""
    sent = getattr(node, "workeroutput", {}).get("llmcassette")
    if sent:
        standby.of(node.config).wake().run_end.hear(sent)


def close_network(config: pytest.Config) -> None:
    """Let nothing leave this machine from now on, in CI and if cassettes are used at all."""
    held = standby.of(config).session
    if held is not None:
        held.network.close()
