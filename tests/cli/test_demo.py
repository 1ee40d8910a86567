"""``llmcassette demo`` writes a project and overwrites nothing; its fake provider streams."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from llmcassette.cli.demo.provider import fake_provider
from llmcassette.errors import CassetteError
from tests.cli.commands import Commands


@pytest.fixture
def llmcassette(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return Commands(tmp_path, monkeypatch)


def test_it_writes_a_project_and_names_the_commands_to_run(llmcassette):
    ran = llmcassette("demo", "here")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "Created here: agent.py, test_agent.py, conftest.py, pyproject.toml\n"
        "\n"
        "Go there:        cd here\n"
        "Record the test: pytest --llm-record\n"
        "Replay it:       pytest\n"
        "\n"
        "Then change SYSTEM_PROMPT in agent.py, and run pytest again.\n"
    )
    assert sorted(path.name for path in (llmcassette.folder / "here").iterdir()) == [
        "agent.py",
        "conftest.py",
        "pyproject.toml",
        "test_agent.py",
    ]


def test_a_folder_with_files_is_left_alone(llmcassette):
    (llmcassette.folder / "here").mkdir()
    (llmcassette.folder / "here" / "mine.txt").write_text("mine", encoding="utf-8")

    ran = llmcassette("demo", "here")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "llmcassette: here: exists and is not empty; name another folder\n"
    assert [path.name for path in (llmcassette.folder / "here").iterdir()] == ["mine.txt"]


def test_a_file_of_that_name_is_left_alone(llmcassette):
    (llmcassette.folder / "here").write_text("mine", encoding="utf-8")

    ran = llmcassette("demo", "here")

    assert (ran.code, ran.err) == (
        2,
        "llmcassette: here: exists and is not a folder; name another\n",
    )


def test_a_base_url_in_the_environment_is_named(llmcassette):
    llmcassette.patch.setenv("OPENAI_BASE_URL", "https://llm.example/v1")

    ran = llmcassette("demo")

    assert ran.err == (
        "\nnote: OPENAI_BASE_URL is set, so the agent talks to that server and not to the fake\n"
        "provider. Unset it for the demo.\n"
    )


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_the_provider_streams_a_tool_call_and_then_a_text():
    url = f"http://127.0.0.1:{free_port()}/v1"
    tools = [{"function": {"name": "look"}}]
    messages = [
        {"role": "system", "content": "Be terse."},
        {"role": "user", "content": "The weather in Rome?"},
    ]

    def deltas():
        request = {"model": "m", "messages": messages, "tools": tools}
        answer = httpx.post(f"{url}/chat/completions", json=request)
        *events, done = answer.text.removesuffix("\n\n").split("\n\n")
        assert (answer.headers["content-type"], done) == ("text/event-stream", "data: [DONE]")
        choices = [json.loads(event.removeprefix("data: "))["choices"] for event in events]
        return [choice["delta"] for (choice,) in choices[:-1]]

    with fake_provider(url):
        called = deltas()
        messages.append({"role": "tool", "content": "Rome: rain"})
        answered = deltas()

    pieces = [delta["tool_calls"][0]["function"] for delta in called if "tool_calls" in delta]
    assert pieces[0]["name"] == "look"
    assert "".join(piece["arguments"] for piece in pieces) == '{"city": "Rome"}'
    assert "".join(delta.get("content", "") for delta in answered) == "Rome: rain."


def test_nothing_runs_for_a_provider_on_another_machine():
    with fake_provider("https://llm.example/v1"):
        pass


def test_a_port_in_use_is_named_with_what_to_change():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CassetteError) as caught, fake_provider(f"http://localhost:{port}/v1"):
            pass

    assert str(caught.value) == (
        f"the fake provider can't listen on port {port}: Address already in use. Change the "
        "port of BASE_URL in agent.py"
    )
