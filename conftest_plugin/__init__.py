"""The pytest plugin of llmcassette: hooks that delegate, and the fixtures people use.

Everything here is imported at the start of every pytest run in the environment, so nothing here
imports a client library or YAML; what does is imported when a test uses a cassette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import chunkings, options, placeholders, session
from conftest_plugin.fixtures import (
    _llm_cassette_guard,
    llm_cassette,
    llm_cassette_config,
    llm_cassettes,
)
from conftest_plugin.guarding import hold_failure
from conftest_plugin.naming import MARKER
from llmcassette.errors import CassetteError, ReplayError
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["_llm_cassette_guard", "llm_cassette", "llm_cassette_config", "llm_cassettes"]


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
    current_run.placeholders = placeholders.provided(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take back what ``pytest_configure`` told."""
    session.finish(config)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See all tests of a file, also those that will not be selected."""
    report = yield
    if isinstance(collector, pytest.Module | pytest.Class):
        session.of(collector.config).look_at(collector, report)
        if report.failed:
            placeholders.explain(collector, report)
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each chunking, where the marker asks for every one."""
    chunkings.generate(metafunc, MARKER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The marker alone activates, and the cassette opens before function-scoped fixtures."""
    session.of(item.config).collect(item)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Know which tests of a shared cassette will not run."""
    if items:
        from conftest_plugin.selecting import is_left_out

        of = session.of(items[0].config)
        of.shared.deselect(items)
        of.ledger.deselected(items, left_out=is_left_out(items[0].config))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Under ``--llm-ci`` nothing leaves this machine, also while tests are collected."""
    close_network(session)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where only the environment says CI, not before it is known that cassettes are used."""
    close_network(session)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Between here and the opening of the cassette, fixtures must not reach a provider."""
    __tracebackhide__ = True
    session.of(item.config).begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Know which fixture is at work, for the message."""
    __tracebackhide__ = True
    of = session.of(request.config)
    outlives_the_test = fixturedef.scope != "function"
    if outlives_the_test:
        of.wide_fixtures.append(fixturedef.argname)
    try:
        if not of.ledger.uses_cassettes:
            return (yield)
        with of.guard.setting_up(fixturedef):
            return (yield)
    except (ReplayError, BaseExceptionGroup) as error:
        hold_failure(fixturedef, request, error)
        raise
    finally:
        if outlives_the_test:
            of.wide_fixtures.pop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test ends with what its cassette could not answer, wherever that error has got to."""
    __tracebackhide__ = True
    of = session.of(item.config)
    try:
        with of.running(item):
            result = yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:
        failure = of.judging.overrules(item, raised)
        if failure is None or failure is raised:
            raise
    else:
        failure = of.judging.overrules(item, None)
        if failure is None:
            return result
    raise failure


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """After the cassette has closed, wider fixtures must not reach a provider either."""
    __tracebackhide__ = True
    of = session.of(item.config)
    try:
        with of.guard.at_work("a fixture", "teardown"), of.tearing_down(item):
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
        from conftest_plugin import verdict

        verdict.hide_our_frames(raised)
        report = yield
        verdict.tell(item, report, raised)
    else:
        report = yield
    session.of(item.config).judging.judge(item, call, report)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Errors that came when their test was over fail the run; a worker sends what it counted."""
    finish_counting(session)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What was replayed and recorded; nothing where no cassette was used."""
    session.of(config).run_end.tell(terminalreporter)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist may not be installed
    """pytest-xdist: a worker obeys the time at which the run began."""
    node.workerinput["llm_started"] = current_run.started


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ANN401, ARG001
    """pytest-xdist: a worker has finished and sent what it counted."""
    sent = getattr(node, "workeroutput", {}).get("llmcassette")
    if sent:
        session.of(node.config).run_end.hear(sent)


def close_network(run: pytest.Session) -> None:
    """See ``pytest_sessionstart``, where the name of the module is taken."""
    session.of(run.config).network.close()


def finish_counting(run: pytest.Session) -> None:
    """See ``pytest_sessionfinish``, where the name of the module is taken."""
    of = session.of(run.config).run_end
    fails = of.finish_counting()
    if hasattr(run.config, "workeroutput"):
        run.config.workeroutput["llmcassette"] = of.message()
    else:
        fails = of.conclude() or fails
    if fails and run.exitstatus == pytest.ExitCode.OK:
        run.exitstatus = pytest.ExitCode.TESTS_FAILED
