"""``llmcassette inspect``, its output whole."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from llmcassette.cli.output.text import text_width
from llmcassette.model import Headers, Request, Response
from tests.cli.cassettes import (
    answering,
    asking,
    calling,
    failing,
    numbered,
    result,
    streaming,
    user,
)
from tests.cli.commands import Commands
from tests.corpus import CORPUS, SAMPLES, corpus_files, needs_corpus

OUTPUT = Path(__file__).parent / "output"
RICH = tuple(map(int, version("rich").split(".")[:2]))

PICTURE = {"url": "data:image/png;base64,iVBORw0KGgo="}
LOOK = {
    "name": "look",
    "description": "Look at a place",
    "parameters": {"type": "object", "properties": {"where": {"type": "string"}}},
}
HI = asking(user("Say hi"))
TELL = asking(user("Tell me"), stream=True)

EVERYTHING = numbered(
    (
        asking(
            {"role": "system", "content": "Be kind. " * 60},
            user(
                [
                    {"type": "text", "text": "これは何ですか？ 👩‍👩‍👧 " * 12},
                    {"type": "image_url", "image_url": PICTURE},
                ]
            ),
            tools=[{"type": "function", "function": LOOK}],
            temperature=0.2,
        ),
        answering(
            calling(("call_1", "look", {"where": "東京"}), content="見てみます。"),
            finish="tool_calls",
        ),
    ),
    (HI, failing(429, "429 Too Many Requests", "rate_limit_error", "Slow down.")),
    (HI, answering({"content": None, "refusal": "I can't."})),
    (
        TELL,
        streaming({"role": "assistant"}, {"content": "Once"}, done=False, ended="ReadError"),
    ),
    (TELL, streaming({"role": "assistant"}, {"content": "Once"}, {"content": " upon"})),
    (
        Request(method="GET", url="https://example.com/cat.png?key=sesame"),
        Response(
            code=200,
            status="200 OK",
            headers=Headers({"Content-Type": "image/png"}),
            body=bytes(range(200)),
        ),
    ),
    (
        Request(method="DELETE", url=f"https://example.com/{'a' * 100}"),
        Response(code=204, status="204 No Content"),
    ),
    (
        asking(user("Two, please"), n=2),
        answering(
            more={
                "choices": [
                    {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"},
                    {"index": 1, "message": {"content": "B"}, "finish_reason": "length"},
                ]
            }
        ),
    ),
    (
        asking(user("Odd \x1b[31m\u202e")),
        Response(
            code=502,
            status="502 Bad Gateway",
            headers=Headers({"Content-Type": "text/html"}),
            body=b"<html>\n<b>Bad</b></html>",
        ),
    ),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands(tmp_path, monkeypatch)
    commands.write("all.yaml", *EVERYTHING)
    return commands


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("inspect", ["all.yaml"]),
        ("inspect-full", ["all.yaml", "--full"]),
        ("inspect-events", ["all.yaml", "--events"]),
        ("inspect-raw", ["all.yaml", "--raw"]),
        ("inspect-json", ["all.yaml", "--json"]),
    ],
)
def test_the_whole_output_of_a_cassette_with_everything(run, name, args):
    if name in {"inspect", "inspect-full"} and RICH < (14, 3):
        pytest.skip("rich 14.3 and later know how wide a joined emoji is")
    ran = run("inspect", *args)

    assert ran.out == (OUTPUT / f"{name}.txt").read_text("utf-8")
    assert (ran.code, ran.err) == (0, "")


def test_a_conversation_that_goes_on_shows_only_what_is_new(run):
    first = [user("What's the weather?")]
    call = calling(("call_1", "weather", {"city": "Rome"}))
    then = [*first, {"role": "assistant", **call}, result("call_1", "40 C")]
    run.write(
        "agent.yaml",
        *numbered(
            (asking(*first, temperature=0), answering(call, finish="tool_calls")),
            (asking(*then, temperature=0), answering("It is hot.")),
        ),
    )

    assert (
        run("inspect", "agent.yaml").out
        == """\
agent.yaml · 2 interactions · 30 tokens

0  openai gpt-x ────────────────────────────────────────────────────────────────
  user        What's the weather?
  parameters  temperature 0
  answer      → weather(city="Rome")
              tool_calls · 10 in, 5 out · 500 ms

1  openai gpt-x ────────────────────────────────────────────────────────────────
  as in 0     1 message and the answer, parameters
  tool        ← weather: 40 C
  answer      It is hot.
              stop · 10 in, 5 out · 500 ms
"""
    )
    assert "as in" not in run("inspect", "agent.yaml", "--full").out


def test_what_the_answer_did_not_say_is_shown_though_the_messages_before_are_the_same(run):
    run.write(
        "edited.yaml",
        *numbered(
            (asking(user("Hi")), answering("Hello.")),
            (asking(user("Hi"), {"role": "assistant", "content": "Edited."}), answering("Oh.")),
        ),
    )

    shown = run("inspect", "edited.yaml", "-i", "1").out

    assert "  as in 0     1 message\n  assistant   Edited.\n" in shown


def test_reasoning_cached_tokens_cost_and_the_answering_model_are_shown(run):
    body = {
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "total_tokens": 1200,
            "cost": 0.0123,
            "prompt_tokens_details": {"cached_tokens": 800},
            "completion_tokens_details": {"reasoning_tokens": 150},
        },
        "model": "gpt-x-2026",
    }
    message = {"content": "Yes.", "reasoning_content": "Let me think."}
    run.write("cost.yaml", *numbered((HI, answering(message, usage=None, more=body))))

    assert (
        run("inspect", "cost.yaml").out
        == """\
cost.yaml · 1 interaction · 1,200 tokens · $0.012

0  openai gpt-x ────────────────────────────────────────────────────────────────
  user        Say hi
  reasoning   Let me think.
  answer      Yes.
              stop · by gpt-x-2026 · 1,000 in (800 cached), 200 out (150
              reasoning) · $0.012 · 500 ms
"""
    )


def test_several_cassettes_of_a_folder_come_in_the_order_of_their_names(run):
    (run.folder / "below").mkdir()
    run.write("below/b.yaml", *EVERYTHING[1:2])
    (run.folder / ".hidden").mkdir()
    run.write(".hidden/c.yaml", *EVERYTHING[1:2])

    shown = run("inspect", ".", "-i", "0").out

    assert [line for line in shown.splitlines() if "yaml" in line] == [
        "all.yaml · 1 interaction · 15 tokens",
        "below/b.yaml · 1 interaction",
    ]


def test_a_dash_is_stdin(run):
    text = (run.folder / "all.yaml").read_bytes()

    assert run("inspect", "-", "-i", "1", stdin=text).out.startswith("- · 1 interaction\n")


def test_what_is_no_cassette_is_reported_and_the_others_are_shown(run):
    (run.folder / "no.yaml").write_text("version: 3\n")

    ran = run("inspect", ".", "-i", "1")

    assert ran.out.startswith("all.yaml · 1 interaction\n")
    assert ran.err.startswith("llmcassette: no.yaml:1: version: ")
    assert ran.code == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["absent.yaml"], "llmcassette: absent.yaml: no such file\n"),
        (
            ["all.yaml", "-i", "9"],
            "llmcassette: all.yaml: no interaction 9 (the cassette has 0-8)\n",
        ),
        (
            ["empty.yaml", "-i", "0"],
            "llmcassette: empty.yaml: no interaction 0 (the cassette is empty)\n",
        ),
        (["folder"], "llmcassette: folder: folder contains no .yaml files\n"),
        (["-"], "llmcassette: -: not UTF-8 at byte 0\n"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(run, args, message):
    run.write("empty.yaml")
    (run.folder / "folder").mkdir()

    ran = run("inspect", *args, stdin=b"\xff")

    assert (ran.code, ran.err) == (2, message)


def test_a_long_path_keeps_its_end(run):
    name = f"{'deep/' * 30}weather.yaml"
    (run.folder / name).parent.mkdir(parents=True)
    run.write(name, *EVERYTHING[1:2])

    first, second, *_ = run("inspect", name).out.splitlines()

    assert first.startswith("…")
    assert first.endswith("deep/weather.yaml")
    assert text_width(first) == 80
    assert second == "1 interaction"


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("view", [[], ["--full"], ["--events"]])
def test_no_line_is_wider_than_the_screen(run, monkeypatch, columns, view):
    monkeypatch.setenv("COLUMNS", str(columns))

    shown = run("inspect", "all.yaml", str(SAMPLES), *view).out

    widest = max(map(text_width, shown.splitlines()))
    assert widest <= columns or view == ["--events", "--full"]


def test_json_of_a_sample_has_what_the_model_answered(run):
    document = json.loads(run("inspect", str(SAMPLES / "tool.yaml"), "--json").out)

    first, second = document["files"][0]["interactions"]
    assert document["schema"] == 1
    assert first["answer"]["tool_calls"] == [
        {"id": "weather:0", "name": "weather", "arguments": {"location": "Florence"}}
    ]
    assert second["answer"]["text"].startswith("The weather in Florence is currently 40°C")
    assert second["answer"]["usage"]["input_tokens"] == 120
    assert second["cost"]["said_by"] == "provider"


@needs_corpus
@pytest.mark.parametrize("view", [[], ["--full"], ["--events"], ["--raw"], ["--json"]])
def test_every_cassette_of_the_corpus_can_be_shown(run, view):
    ran = run("inspect", str(CORPUS / "go-vcr-v2"), *view)

    assert (ran.code, ran.err) == (0, "")
    if view == ["--json"]:
        assert len(json.loads(ran.out)["files"]) == len(corpus_files("go-vcr-v2"))
    if not view:
        assert max(map(text_width, ran.out.splitlines())) <= 80


@needs_corpus
def test_files_of_other_tools_are_refused_one_by_one(run):
    ran = run("inspect", str(CORPUS / "go-vcr-v1"), str(CORPUS / "not-cassettes"))

    errors = ran.err.splitlines()
    files = [*corpus_files("go-vcr-v1"), *corpus_files("not-cassettes")]
    assert (ran.code, ran.out) == (2, "")
    assert [line.split(".yaml")[0] for line in errors] == [
        f"llmcassette: {str(path).removesuffix('.yaml')}" for path in files
    ]


def test_parts_of_every_kind_in_a_history(run):
    body = {
        "model": "claude-x",
        "max_tokens": 9,
        "messages": [
            user([]),
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                    {"type": "redacted_thinking", "data": "s"},
                    {"type": "tool_use", "id": "t1", "name": "look", "input": {}},
                    {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
                ],
            },
            user(
                [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [], "is_error": True},
                    {
                        "type": "tool_result",
                        "tool_use_id": "t2",
                        "content": [{"type": "text", "text": "a"}, {"type": "text", "text": " "}],
                    },
                ]
            ),
            user([{"type": "odd", "value": [1]}, {"type": "text", "text": "Well?"}]),
        ],
    }
    url = "https://api.anthropic.com/v1/messages"
    request = Request(method="POST", url=url, body=json.dumps(body).encode())
    run.write("parts.yaml", *numbered((request, Response(code=200))))

    assert (
        run("inspect", "parts.yaml").out
        == """\
parts.yaml · 1 interaction

0  anthropic claude-x ──────────────────────────────────────────────────────────
  user        (empty)
  assistant   (reasoning) Hm.
              (hidden reasoning)
              → look()
              → look()
  tool        ← look: error: (empty)
              ← look: a
              (empty)
  user        [odd] {"type": "odd", "value": [1]}
              Well?
  parameters  max_tokens 9
  response    200 · no body
"""
    )
    kinds = json.dumps(json.loads(run("inspect", "parts.yaml", "--json").out))
    assert '"is_error": true' in kinds
    assert '{"type": "other", "kind": "odd", "value": {"type": "odd", "value": [1]}}' in kinds


def test_a_refusal_in_a_history_an_empty_answer_and_a_host_nobody_knows(run):
    refused = {"role": "assistant", "content": None, "refusal": "No."}
    refused |= {"tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "[1]"}}]}
    url = "http://localhost:8000/v1/chat/completions"
    request = asking(user("Hi"), refused, {"content": "?"}, url=url)
    run.write("local.yaml", *numbered((request, answering({"content": ""}, usage=None))))

    assert (
        run("inspect", "local.yaml").out
        == """\
local.yaml · 1 interaction

0  openai-compatible gpt-x at localhost ────────────────────────────────────────
  user        Hi
  assistant   refusal: No.
              → f([1])
  no role     ?
  answer      (empty)
              stop · 500 ms
"""
    )
    shown = json.loads(run("inspect", "local.yaml", "--json").out)["files"][0]["interactions"][0]
    assert shown["conversation"]["messages"][1]["parts"][0] == {"type": "refusal", "text": "No."}


def test_an_error_that_says_nothing_and_a_url_that_is_none(run):
    nothing = failing(500, "", "", "")
    other = Request(method="POST", url="http://[bad/v1/chat/completions", body=HI.body)
    run.write("odd.yaml", *numbered((HI, nothing), (other, answering())))

    shown = run("inspect", "odd.yaml").out

    assert "  error       500\n" in shown
    assert "1  openai-compatible gpt-x ────" in shown


def test_a_message_s_other_members_are_shown_in_full(run):
    request = asking({"role": "user", "content": "Hi", "name": "Ann"})
    run.write("named.yaml", *numbered((request, answering())))

    assert (
        '  user        Hi\n  also        messages[0].name  "Ann"\n'
        in run("inspect", "named.yaml", "--full").out
    )


def test_a_bedrock_stream_has_its_frames_and_what_is_cut_off(run):
    from llmcassette.streams import encode_message

    frame = encode_message({":event-type": "messageStart"}, b'{"role":"assistant"}')
    cut = encode_message({":event-type": "messageStop"}, b"{}")[:-6]
    headers = Headers({"Content-Type": "application/vnd.amazon.eventstream"})
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream"
    request = Request(method="POST", url=url, body=b'{"messages": []}')
    response = Response(code=200, headers=headers, body=frame + cut)
    run.write("frames.yaml", *numbered((request, response)))

    shown = run("inspect", "frames.yaml", "--events").out.splitlines()

    assert shown[4] == f'0   +0  {len(frame)}  messageStart  {{"role":"assistant"}}'
    assert shown[5].startswith(f"1  +{len(frame)}  {len(cut)}  (incomplete)  00 00 00 2c ")


def test_ndjson_has_its_lines(run):
    headers = Headers({"Content-Type": "application/x-ndjson"})
    request = Request(method="GET", url="https://example.com/log")
    response = Response(code=200, headers=headers, body=b'{"n": 1}\n\n{"n": 2}\n')
    run.write("lines.yaml", *numbered((request, response)))

    assert run("inspect", "lines.yaml", "--events").out.splitlines()[3:] == [
        "2 events · 19 bytes",
        '0   +0  9  {"n": 1}',
        '1  +10  9  {"n": 2}',
    ]


def test_arguments_nested_deep_are_shown_and_printed(run):
    deep = "[" * 900 + "]" * 900
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": deep}}
    message = {"content": None, "tool_calls": [call]}
    request = asking(user("Hi"), {"role": "assistant", **message})
    run.write(
        "deep.yaml", *numbered((asking(user("Hi")), answering(message)), (request, answering()))
    )

    for view in ([], ["--full"], ["--json"], ["--raw"], ["--events"]):
        ran = run("inspect", "deep.yaml", *view)
        assert (ran.code, ran.err) == (0, "")
    assert run("diff", "deep.yaml", "deep.yaml").code == 0
