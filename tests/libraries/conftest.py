from __future__ import annotations

import pytest

from llmcassette.recorder.run import current_run
from tests.libraries.callers import CALLERS, PATH
from tests.recording.conftest import (  # noqa: F401
    _outside_a_run,
    _provider,
    counted,
    path,
    provider,
    raw_server,
)


@pytest.fixture(params=CALLERS)
def library(request):
    """The name of each client library in turn."""
    return request.param


@pytest.fixture
def url(provider):  # noqa: F811
    """Where the provider answers; the test process listens there itself."""
    return f"{provider.url}{PATH}"


@pytest.fixture(autouse=True)
def _errors_are_the_tests_own(monkeypatch):
    """The plugin fails a test whose cassette could not answer; here that is what is tested."""
    monkeypatch.setattr(current_run, "watchers", [])
    monkeypatch.setattr(current_run, "listeners", [])


@pytest.fixture(autouse=True, scope="module")
def _no_region_is_looked_up():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", "none")
        yield
