"""Runs the demo's fake provider while a run records. With a real provider, delete this file."""

import pytest
from agent import BASE_URL

from llmcassette.cli.demo.provider import fake_provider


@pytest.fixture(scope="session", autouse=True)
def provider(pytestconfig):
    if any(pytestconfig.getoption(name) for name in ("llm_record", "llm_mode", "llm_verify")):
        with fake_provider(BASE_URL):
            yield
    else:
        yield
