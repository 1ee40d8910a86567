from __future__ import annotations

import logging
from functools import partial

import pytest

from llmcassette.errors import CassetteError
from llmcassette.matching import Rules
from llmcassette.model import Interaction, Request, Response
from llmcassette.recorder import saving
from llmcassette.recorder.run import current_run
from llmcassette.redaction import Redaction

SECRET = "Zx9Qw8rTplum7kVorbit55Lm"
RECORDED = [Interaction(0, Request(method="GET", url="https://a.test/"), Response(code=200))]
ONCE = partial(saving.merged, mode="once", rules=Rules())


def save(path):
    return saving.save(saving.File(path), RECORDED, ONCE, Redaction())


def test_without_anything_recorded_nothing_is_written(path):
    saved = saving.save(saving.File(path), [], ONCE, Redaction())
    assert not saved
    assert not path.exists()


def test_a_file_whose_name_holds_a_secret_is_not_written(path, monkeypatch):
    """The parameters of a test are in the name of its cassette."""
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("VAULT_API_KEY", SECRET)
    with pytest.raises(CassetteError) as refused:
        save(path.with_name(f"test_login[{SECRET}].yaml"))
    assert str(refused.value) == (
        "test_login[[REDACTED]].yaml: not saved, for the name of its file holds the value of "
        "VAULT_API_KEY.\n"
        "If it comes from a parameter of the test, give that an id: pytest.param(..., id=...).\n"
        "The recording was saved as test_login[[REDACTED]].unsaved-1.yaml instead."
    )
    assert [file.name for file in path.parent.iterdir()] == [
        "test_login[[REDACTED]].unsaved-1.yaml"
    ]


def test_values_too_plain_to_be_looked_for_are_named_once_and_never_shown(
    path, monkeypatch, caplog
):
    monkeypatch.setattr(current_run, "unscanned", set())
    monkeypatch.setenv("PLAIN_API_KEY", "ollama")
    caplog.set_level(logging.INFO, "llmcassette")
    save(path)
    save(path)
    (told,) = [text for text in caplog.messages if "PLAIN_API_KEY" in text]
    assert told.startswith("not looked for in what is recorded, since the value is too short, too")
    assert told.endswith("all the same, name it in secret_env")
    assert "ollama" not in told
