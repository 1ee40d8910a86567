from __future__ import annotations

from functools import cache

import pytest

from llmcassette.recorder.run import current_run
from tests.matrix.environments import ENVIRONMENTS, MCP_CLIENTS
from tests.matrix.library import WAYS
from tests.matrix.table import COLUMNS_OF, PAGE, renewed, row
from tests.recording.provider_server import Provider

made = cache(lambda make: make())


def pytest_addoption(parser):
    parser.addoption(
        "--sdk-matrix",
        choices=ENVIRONMENTS,
        help="the environment that this is: its libraries are tried, and docs/reference/sdks.md"
        " gets its rows",
    )


def environment_of(config):
    return config.getoption("--sdk-matrix", None)


def pytest_ignore_collect(collection_path, config):
    environment = environment_of(config)
    without_mcp = environment not in MCP_CLIENTS and collection_path.name == "test_mcp.py"
    return True if environment is None or without_mcp else None


def libraries_of(config):
    return [made(make) for make in ENVIRONMENTS[environment_of(config)]]


def mcp_clients_of(config):
    return [made(make) for make in MCP_CLIENTS.get(environment_of(config), ())]


def pytest_generate_tests(metafunc):
    if "mcp_client" in metafunc.fixturenames:
        clients = mcp_clients_of(metafunc.config)
        metafunc.parametrize("mcp_client", clients, ids=[one.name for one in clients])
    elif "way" in metafunc.fixturenames:
        libraries = libraries_of(metafunc.config)
        cells = [(one, way) for one in libraries for way in WAYS if way in one.ways]
        metafunc.parametrize(
            ("library", "way"), cells, ids=[f"{one.name}, {way}" for one, way in cells]
        )
    elif "library" in metafunc.fixturenames:
        [column] = COLUMNS_OF[metafunc.function.__name__]
        libraries = [one for one in libraries_of(metafunc.config) if column in one.columns]
        metafunc.parametrize("library", libraries, ids=[one.name for one in libraries])


@pytest.fixture(autouse=True)
def _cells(request, record_property):
    parameters = request.node.callspec.params
    tried = parameters.get("library") or parameters["mcp_client"]
    way = parameters.get("way")
    columns = [way] if way else COLUMNS_OF[request.node.originalname]
    record_property("cells", [tried.name, *columns])


class Results:
    """Which cells have passed; writes them into the table when the run ends."""

    def __init__(self):
        self.passed = {}

    def pytest_runtest_logreport(self, report):
        for property_name, value in report.user_properties:
            if property_name == "cells":
                name, *columns = value
                cells = self.passed.setdefault(name, {})
                for column in columns:
                    cells[column] = cells.get(column, True) and report.outcome == "passed"

    def pytest_sessionfinish(self, session):
        environment = environment_of(session.config)
        tried = libraries_of(session.config) + mcp_clients_of(session.config)
        if any(self.passed.get(one.name, {}).keys() != one.columns for one in tried):
            return  # only a part was run
        ours = [row(one, environment, self.passed[one.name]) for one in tried]
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(renewed(text, environment, ours), encoding="utf-8")


def pytest_configure(config):
    if environment_of(config) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results())


@pytest.fixture(autouse=True)
def _outside_a_run(monkeypatch, tmp_path):
    """The pytest run that these tests are part of began before any of their files was made."""
    monkeypatch.setattr(current_run, "started", None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def _provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def provider(_provider):
    _provider.reset()
    yield _provider
    assert _provider.asked_when_gone == []


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cassette.yaml"
