"""Planted secrets over real sockets: on no disk, in no log, message, JUnit file or report."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import httpx

from llmcassette import load, use_cassette
from tests.cases import case
from tests.recording.provider_server import Answer
from tests.redaction.places import PLACES
from tests.redaction.spellings import SPELLINGS
from tests.redaction.texts import PROVIDER_KEYS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.recording.provider_server import Provider

KNOWN = "Zq9aB3dE5fG7hJ9kL1mN"
BY_FORM = PROVIDER_KEYS["an Anthropic key"]


def rows() -> list[tuple[str, str, str]]:
    """Place, spelling and secret of each row: every other spelling in every place."""
    return [
        (place, spelling, BY_FORM if (at + n) % 4 else KNOWN)
        for at, place in enumerate(PLACES)
        for n, spelling in enumerate(SPELLINGS)
        if (at + n) % 2 == 0
    ]


def test_recorded_over_sockets(
    provider: Provider,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("MYSVC_API_KEY", KNOWN)
    caplog.set_level(logging.DEBUG, "llmcassette")
    table = rows()
    assert len(table) >= 400
    with use_cassette(path, mode="once") as recorder, httpx.Client() as client:
        for place, spelling, secret in table:
            planted = PLACES[place].plant(SPELLINGS[spelling].write(secret))
            asked, answered = planted.request, planted.response
            headers = {name.lower(): value for name, value in answered.headers.multi_items()}
            provider.will_answer(Answer([answered.body], headers=headers))
            url = asked.url.replace("https://a.test", provider.url)
            url = url.replace("https://api.test", provider.url)
            client.post(
                url,
                content=asked.body,
                headers={"content-type": asked.headers["content-type"], "x-n": place},
            )
    for (place, spelling, secret), stored in zip(table, load(path).interactions, strict=True):
        with case(f"{spelling} in {place}"):
            assert secret not in seen(place, spelling, stored)
    text = path.read_text(encoding="utf-8")
    told = "\n".join(one.getMessage() for one in caplog.records if one.name == "llmcassette")
    for secret in (KNOWN, BY_FORM):
        assert secret not in text
        assert secret not in told
        assert secret not in repr(recorder.recorded)


def seen(place: str, spelling: str, stored: object) -> str:
    try:
        return SPELLINGS[spelling].read(PLACES[place].read(stored))  # type: ignore[arg-type]
    except Exception:
        return ""


def test_in_messages_logs_junit_and_report(
    provider: Provider, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each spelling in a prompt and in an answer: recorded, then missed by another prompt."""
    monkeypatch.setenv("MYSVC_API_KEY", KNOWN)
    spelled = [each.write(KNOWN) for each in SPELLINGS.values()]
    provider.will_answer(*(Answer.json({"text": text}) for text in spelled))
    pytester.path.joinpath("spelled.json").write_text(json.dumps(spelled))
    pytester.makepyfile(
        f"""
        import json, os, pathlib
        import httpx, pytest

        SPELLED = json.loads(pathlib.Path("spelled.json").read_text())

        @pytest.mark.llm_cassette
        def test_all():
            for n, text in enumerate(SPELLED):
                messages = [{{"role": "user", "content": text + os.environ.get("MORE", "")}}]
                try:
                    httpx.post("{provider.url}/v1/chat", json={{"n": n, "messages": messages}})
                except pytest.fail.Exception as miss:
                    print(miss)
        """
    )
    outputs = ["-rA", "-o", "log_level=DEBUG", "--log-disable=httpx", "--log-disable=httpcore"]
    files = ["--junitxml=junit.xml", "--llm-report=report.json", "-p", "no:cacheprovider"]
    recording = pytester.runpytest_subprocess("--llm-record", "--tb=line", *outputs, *files)
    recording.assert_outcomes(passed=1)
    texts = [recording.stdout.str(), recording.stderr.str()]
    monkeypatch.setenv("MORE", " and more")
    replaying = pytester.runpytest_subprocess("--tb=line", *outputs, *files)
    replaying.assert_outcomes(failed=1)
    assert replaying.stdout.str().count("no recorded interaction answers") >= len(spelled)
    texts += [replaying.stdout.str(), replaying.stderr.str()]
    pytester.path.joinpath("spelled.json").unlink()
    texts += [one.read_text() for one in pytester.path.rglob("*.*") if one.suffix in KEPT]
    assert len(texts) >= 7
    for text in texts:
        for secret in spelled:
            assert secret not in text


KEPT = (".xml", ".json", ".yaml")
