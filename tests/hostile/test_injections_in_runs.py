"""The same in a run of pytest: its terminal, its annotations, its JUnit file and its report."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from llmcassette import dump
from llmcassette.model import Cassette, Headers
from tests.ci.conftest import CiProject
from tests.cli.commands import chat
from tests.hostile.test_injections import EVIL, KEY, SHOWN, hostile, raw_parts


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.syspath_prepend(pytester.path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    return CiProject(pytester)


def test_nothing_of_a_file_reaches_them_raw(project):
    folder = project.path / "cassettes"
    folder.mkdir()
    played = chat(ended=EVIL, status=EVIL, request={"headers": Headers({EVIL: KEY})})
    dump(Cassette(interactions=(played, hostile("Bye"))), folder / "a.yaml")
    dump(Cassette(interactions=(chat(),)), folder / f"{EVIL.replace('/', '')}.yaml")
    (folder / "b.yaml").write_text(f"version: 2\ninteractions:\n- {json.dumps(EVIL)}: 1\n")
    (folder / "c.yaml").write_text("version: 2\ninteractions: [*\u202e]\n")
    project.write(
        test_it=f"""
        import httpx, pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_plays():
            httpx.post({played.request.url!r}, content={played.request.body!r})

        @pytest.mark.llm_cassette("a.yaml")
        def test_misses():
            httpx.post("https://api.openai.com/v1/chat/completions?b=1", json={{"model": "x"}})

        @pytest.mark.llm_cassette("b.yaml")
        def test_broken():
            httpx.post("https://api.openai.com/v1/chat/completions", json={{}})

        @pytest.mark.llm_cassette("c.yaml")
        def test_not_yaml():
            httpx.post("https://api.openai.com/v1/chat/completions", json={{}})
        """
    )
    ran = project.run("--llm-ci", "--llm-report=report.json", "--junit-xml=junit.xml", "-ra")
    tree = ET.fromstring((project.path / "junit.xml").read_text("utf-8"))
    texts = [ran.stdout.str(), ran.stderr.str()]
    for element in tree.iter():
        texts += [element.text or "", *element.attrib.values()]
    for text in texts:
        assert raw_parts(text) == [], text
    assert SHOWN in ran.stdout.str()
    json.loads((project.path / "report.json").read_text(encoding="utf-8"))
