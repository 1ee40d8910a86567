from __future__ import annotations

from functools import cache

import pytest

from llmcassette.recorder.run import current_run
from tests.matrix.environments import ENVIRONMENTS
from tests.matrix.library import WAYS
from tests.matrix.table import COLUMN_OF, PAGE, renewed, row
from tests.recording.provider_server import Provider

made = cache(lambda make: make())


def pytest_addoption(parser):
    parser.addoption(
        "--sdk-matrix",
        choices=ENVIRONMENTS,
        help="the environment that this is; docs/sdks.md gets its rows (default: dev, no rows)",
    )


def environment_of(config):
    return config.getoption("--sdk-matrix", None) or "dev"


def libraries_of(config):
    return [made(make) for make in ENVIRONMENTS[environment_of(config)]]


def pytest_generate_tests(metafunc):
    if "library" not in metafunc.fixturenames:
        return
    column = COLUMN_OF.get(metafunc.function.__name__)
    libraries = [one for one in libraries_of(metafunc.config) if column in (None, *one.columns)]
    if "way" in metafunc.fixturenames:
        cells = [(one, way) for one in libraries for way in WAYS if way in one.ways]
        metafunc.parametrize(
            ("library", "way"), cells, ids=[f"{one.name}, {way}" for one, way in cells]
        )
    else:
        metafunc.parametrize("library", libraries, ids=[one.name for one in libraries])


@pytest.fixture(autouse=True)
def _cell(request, library, record_property):
    way = request.node.callspec.params.get("way")
    column = way or COLUMN_OF[request.function.__name__]
    record_property("cell", (library.name, column))


class Results:
    """Which cells have passed; writes them into the table when the run ends."""

    def __init__(self):
        self.passed = {}

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties:
            if name == "cell":
                cell = tuple(value)
                self.passed[cell] = self.passed.get(cell, True) and report.outcome == "passed"

    def pytest_sessionfinish(self, session):
        ours = []
        for library in libraries_of(session.config):
            passed = {
                column: ok for (name, column), ok in self.passed.items() if name == library.name
            }
            ours.append(row(library, environment_of(session.config), passed))
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(renewed(text, environment_of(session.config), ours), encoding="utf-8")


def pytest_configure(config):
    if config.getoption("--sdk-matrix", None) and not hasattr(config, "workerinput"):
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
