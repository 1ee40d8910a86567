"""What a reader of a cassette can read, the gate sees: places x spellings x kinds of secrets."""

from __future__ import annotations

import contextlib

from llmcassette.model import Interaction
from llmcassette.recorder.saving import File, save
from llmcassette.redaction import Redaction, collect_secrets, scan
from llmcassette.storage import load
from tests.cases import case
from tests.redaction.places import PLACES
from tests.redaction.spellings import SPELLINGS

KINDS = {
    "known": "Zq9aB3dE5fG7hJ9kL1mN",
    "known, with signs": "p&ss<w>rd'9\"\\x\xe9+/ %7",
    "by form": "sk-ant-" + "api03-" + "q7Rk-W_z9" * 5,
}
SECRETS = {"MYSVC_API_KEY": KINDS["known"], "MYSVC_PASSWORD": KINDS["known, with signs"]}


def rows():
    """Every spelling of the plain value in every place, and of the others in every sixth place."""
    for at, (place, (plant, get)) in enumerate(PLACES.items()):
        for name, (write, read) in SPELLINGS.items():
            for kind, secret in KINDS.items():
                if kind == "known" or (at + len(name)) % 6 == 0:
                    yield f"{kind} as {name} in {place}", secret, plant(write(secret)), get, read


ROWS = list(rows())


def seen(planted, get, read):
    """What a reader reads; nothing if it can't be decoded any more."""
    with contextlib.suppress(Exception):
        return read(get(planted))
    return ""


def test_each_row_is_readable_before():
    assert len(ROWS) >= 400
    for name, secret, planted, get, read in ROWS:
        with case(name):
            assert secret in read(get(planted))


def test_no_secret_reaches_the_disk(tmp_path, monkeypatch, caplog):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "table.yaml"
    interactions = [
        Interaction(at, one.request, one.response) for at, (_, _, one, _, _) in enumerate(ROWS)
    ]
    save(File(path), interactions, lambda _, fit: tuple(fit), Redaction())
    loaded = load(path)
    assert len(loaded.interactions) == len(ROWS)
    secrets = collect_secrets(SECRETS, None, Redaction())
    leaks = []
    for (name, secret, _, get, read), stored in zip(ROWS, loaded.interactions, strict=True):
        if secret in seen(stored, get, read) or secret in repr(stored):
            leaks.append(name)
        leaks += [f"{name}: {finding}" for finding in scan(stored, secrets)]
    assert leaks == [], "\n".join(leaks)
    for secret in KINDS.values():
        assert secret not in caplog.text
