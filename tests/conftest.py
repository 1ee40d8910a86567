"""What every test stands on."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

import certifi
import pytest

from llmcassette.redaction import Redaction, collect_secrets

# Imported this early, Hypothesis finds the random generators of others, which freezing would hide.
with contextlib.suppress(ImportError):  # the environment of litellm has none
    from hypothesis import HealthCheck, settings

    # A busy machine is slow, and no fault of a test.
    settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("steady")

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True, scope="module")
def _garbage_is_sought_in_what_is_new():
    """Thousands of tests and a dozen SDKs stay to the end: no collection has to look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _environment():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(autouse=True, scope="session")
def _no_word_from_outside(_environment):
    """CI implies mode none, and so may the developer's environment; runs name its plain secrets."""
    secrets = collect_secrets(os.environ, None, Redaction())
    for name in ("CI", "LLMCASSETTE_MODE", *secrets.skipped):
        _environment.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _one_authority(_environment, tmp_path_factory):
    """Whom a client trusts is not tested here, and to read everyone takes each of them 20 ms."""
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    file.write_text(first + end, encoding="utf-8")
    _environment.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture(autouse=True, scope="session")
def _no_byte_code_of_inner_tests(_environment):
    """It is that of a file's second: not of what a test writes there next, in the same one."""
    _environment.setattr(sys, "dont_write_bytecode", True)
    _environment.setenv("PYTHONDONTWRITEBYTECODE", "1")
