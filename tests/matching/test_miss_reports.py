"""The whole text of miss reports."""

from __future__ import annotations

from dataclasses import replace

from llmcassette.matching import Index, Rules
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.model import Interaction
from llmcassette.redaction import Redaction, redact_request
from tests.corpus import CORPUS, needs_corpus
from tests.matching.misses import edited, miss, requests_of, text
from tests.matching.requests import FORM, answered, get, post

FIRST, SECOND = requests_of("tool.yaml")
"""A question with a tool, and the same conversation with the tool's result."""

ANTHROPIC = "https://api.anthropic.com/v1/messages"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent"
RESPONSES = "https://api.openai.com/v1/responses"


def test_a_changed_user_message():
    def ask(body):
        body["messages"][1]["content"] = "What's the weather in Rome, please?"

    report = miss(edited(FIRST, ask), FIRST, SECOND)
    assert (
        text(report)
        == """
user message changed: no recorded interaction answers this request

  messages[1].content (user message)
    recorded  "What's the weather in [-Florence-]?"
    sent      "What's the weather in {+Rome, please+}?"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 0, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Rome, please?"
"""
    )


def test_a_change_in_a_long_prompt_is_shown_with_what_is_around_it():
    rules = "Answer in one sentence. Never guess a temperature. Name your source. " * 12
    before = rules + "Always use metric units. " + rules
    after = rules + "Always use the units of the user's country. " + rules
    chat = {"model": "gpt-5", "messages": [{"role": "system", "content": before}]}
    recorded = post(chat | {"messages": [*chat["messages"], {"role": "user", "content": "Hi"}]})
    report = miss(
        edited(recorded, lambda body: body["messages"][0].update(content=after)), recorded
    )
    assert (
        text(report)
        == """
system prompt changed: no recorded interaction answers this request

  messages[0].content (system prompt)
    recorded  "… Name your source. Always use [-metric-] units. Answer in
              one sentence. Never guess a …"
    sent      "… Name your source. Always use {+the+} units{+ of the user's
              country+}. Answer in one sentence. Never guess a …"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.openai.com/v1/chat/completions
  model     gpt-5
  user      "Hi"
"""
    )


def test_a_model_and_parameters_changed_added_and_removed():
    def change(body):
        body["model"] = "moonshotai/kimi-k3"
        body["temperature"] = 0.2
        body["tool_choice"] = "required"
        del body["usage"]

    report = miss(edited(FIRST, change), FIRST, SECOND)
    assert (
        text(report)
        == """
model, tool_choice changed, usage removed and 1 more:
no recorded interaction answers this request

  model
    recorded  "moonshotai/kimi-k2-0905"
    sent      "moonshotai/kimi-k3"
  tool_choice (parameter)
    recorded  "auto"
    sent      "required"
  usage (parameter, only recorded)
    recorded  {"include": true}
  temperature (parameter, only sent)
    sent      0.2

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 0, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k3
  user      "What's the weather in Florence?"
"""
    )


def test_a_tool_added_one_removed_and_the_schema_of_another_changed():
    def tool(name, **properties):
        schema = {"type": "object", "properties": properties, "required": [*properties]}
        function = {"name": name, "description": f"Do {name}", "parameters": schema}
        return {"type": "function", "function": function}

    city = {"type": "string", "description": "the city"}
    before = [tool("weather", city=city), tool("news")]
    city = city | {"description": "the city, in English"}
    after = [tool("forecast", days={"type": "integer"}), tool("weather", city=city, unit={})]
    chat = {"model": "gpt-5", "messages": [{"role": "user", "content": "Will it rain?"}]}
    report = miss(post(chat | {"tools": after}), post(chat | {"tools": before}))
    assert (
        text(report)
        == """
schema of tool weather changed, schema of tool weather added and 2 more:
no recorded interaction answers this request

  tools[0].function.parameters.properties.city.description
    (schema of tool weather)
    recorded  "the city"
    sent      "the city{+, in English+}"
  tools[1].function.parameters.properties.unit
    (schema of tool weather, only sent)
    sent      {}
  tools[1].function.parameters.required[1]
    (schema of tool weather, only sent)
    sent      "unit"
  tools[1] (tool news, only recorded)
    recorded  news(): "Do news"
  tools[0] (tool forecast, only sent)
    sent      forecast(days): "Do forecast"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.openai.com/v1/chat/completions
  model     gpt-5
  user      "Will it rain?"
"""
    )


def test_tools_in_another_order():
    def turn(body):
        body["tools"].reverse()

    recorded = requests_of("multi_tool_streaming.yaml")[0]
    report = miss(edited(recorded, turn), recorded)
    assert (
        text(report)
        == """
tools changed: no recorded interaction answers this request

  tools (same items in another order)
    recorded  ["add", "multiply"]
    sent      ["multiply", "add"]

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "Add and multiply the number 2 and 3"
"""
    )


def test_another_result_of_a_tool():
    def warm(body):
        body["messages"][3]["content"] = "12 C"

    report = miss(edited(SECOND, warm), FIRST, SECOND, played=(FIRST,))
    assert (
        text(report)
        == """
result of tool weather changed: no recorded interaction answers this request

  messages[3].content (result of tool weather)
    recorded  "40 C"
    sent      "12 C"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions, 1 replayed
  nearest   interaction 1, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_a_message_more_and_a_message_less():
    def talk(body):
        body["messages"].insert(1, {"role": "user", "content": "Hello!"})
        body["messages"].insert(2, {"role": "assistant", "content": "How can I help?"})
        del body["messages"][0]

    report = miss(edited(FIRST, talk), FIRST)
    assert (
        text(report)
        == """
system prompt removed, user message, assistant message added:
no recorded interaction answers this request

  messages[0] (system prompt, only recorded)
    recorded  "You are a helpful assistant"
  messages[0] (user message, only sent)
    sent      "Hello!"
  messages[1] (assistant message, only sent)
    sent      "How can I help?"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_a_request_asked_more_often_than_recorded():
    report = miss(FIRST, FIRST, SECOND, played=(FIRST,))
    assert (
        text(report)
        == """
requested more often than recorded:
no recorded interaction answers this request

Interaction 0 matches but was already replayed (recorded once, requested
twice).

If the extra request is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

To keep replaying the last answer:

  allow_repeats=True

  cassette  weather.yaml
  contains  2 interactions, 1 replayed
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_the_last_of_the_equal_interactions_is_named_with_their_number():
    report = miss(FIRST, FIRST, SECOND, FIRST, played=(FIRST, FIRST))
    assert (
        "Interaction 2 matches but was already replayed (recorded twice, requested 3 times)."
    ) in " ".join(report.text().split())


def test_a_request_that_matches_in_some_parts_only_is_told_apart_by_more():
    other = edited(FIRST, lambda body: body.update(temperature=1))
    report = miss(other, FIRST, match_on=("method", "url"), played=(FIRST,))
    assert (
        text(report)
        == """
requested more often than recorded:
no recorded interaction answers this request

Interaction 0 matches in method, url (match_on) but was already replayed
(recorded once, requested twice). The rest of the request differs.

If the extra request is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

To tell such requests apart, compare more of them:

  match_on=["method", "url", "body"]

  cassette  weather.yaml
  contains  1 interaction, 1 replayed
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_interactions_are_counted_by_position_whatever_their_id():
    interactions = [Interaction(7, it.request, it.response) for it in answered(FIRST, SECOND)]
    index = Index(interactions, Rules())
    report = explain_miss(edited(SECOND, lambda body: body.update(model="m")), index)
    assert "  nearest   interaction 1, not replayed yet\n" in report.text()


def test_the_right_request_at_the_wrong_time():
    report = miss(SECOND, FIRST, SECOND, ordered=True)
    assert (
        text(report)
        == """
requested in another order: no recorded interaction answers this request

Interaction 1 matches, but interaction 0 is next in the recorded order.

If the new order is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_a_request_that_the_projects_own_function_refuses():
    report = miss(FIRST, FIRST, matcher=lambda sent, recorded: False)
    assert (
        text(report)
        == """
refused by the matcher function:
no recorded interaction answers this request

Interaction 0 matches by all other rules, but the matcher function refused
it.

To record it:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_a_cassette_without_interactions():
    report = miss(FIRST)
    assert (
        text(report)
        == """
the cassette is empty: no recorded interaction answers this request

To record it:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  0 interactions
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_another_address():
    moved = replace(FIRST, url="https://api.openai.com/v1/chat/completions?api-version=2&key=sk-1")
    report = miss(moved, FIRST, SECOND)
    assert (
        text(report)
        == """
url changed, query parameter api-version, query parameter key added:
no recorded interaction answers this request

  url
    recorded  "https://[-openrouter.ai/api-]/v1/chat/completions"
    sent      "https://{+api.openai.com+}/v1/chat/completions"
  query parameter api-version (only sent)
    sent      "2"
  query parameter key (only sent)
    sent      "[REDACTED]"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 0, not replayed yet
  request   POST
            https://api.openai.com/v1/chat/completions?api-version=2&key=[REDACTED]
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence?"
"""
    )


def test_another_method_and_no_body():
    report = miss(
        post(url="https://api.openai.com/v1/files"), get("https://api.openai.com/v1/files")
    )
    assert (
        text(report)
        == """
method changed: no recorded interaction answers this request

  method
    recorded  "GET"
    sent      "POST"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.openai.com/v1/files
"""
    )


def test_a_request_that_a_library_sends_on_the_side():
    report = miss(
        get("https://huggingface.co/api/agent-harnesses"),
        post({"question": "What is the weather?"}),
    )
    assert (
        text(report)
        == """
side request (huggingface_hub looks up agents):
no recorded interaction answers this request

This is a side request: huggingface_hub looks up agents, once a process or a
day. Whichever test is first sends it, so recording it here doesn't help.
See docs/how-to/side-requests.md; or, if your tests send nothing else to
this host, add it under [tool.llmcassette] in pyproject.toml, where it
becomes unreachable in replay:

  ignore_hosts = ["huggingface.co"]

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   GET https://huggingface.co/api/agent-harnesses
"""
    )


def test_a_query_parameter_that_may_be_ignored():
    report = miss(
        get("https://api.test/v1/items?page=2&session=b81"),
        get("https://api.test/v1/items?page=2&session=a90"),
    )
    assert (
        text(report)
        == """
query parameter session changed:
no recorded interaction answers this request

  query parameter session
    recorded  "a90"
    sent      "b81"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

If this may differ between runs, exclude it from matching:

  ignore_query=["session"]

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   GET https://api.test/v1/items?page=2&session=b81
"""
    )


def test_another_region_that_a_rule_for_urls_accepts():
    url = "https://bedrock-runtime.{}.amazonaws.com/model/amazon.nova-lite-v1:0/converse"
    body = {"messages": [{"role": "user", "content": [{"text": "Say hi"}]}]}
    report = miss(post(body, url=url.format("eu-west-1")), post(body, url=url.format("us-east-1")))
    assert (
        text(report)
        == """
url changed: no recorded interaction answers this request

  url
    recorded  "https://bedrock-runtime.[-us-east-]-1.amazonaws.com/model/ama
              zon.nova-lite- …"
    sent      "https://bedrock-runtime.{+eu-west+}-1.amazonaws.com/model/ama
              zon.nova-lite- …"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

If this may differ between runs, exclude it from matching:

  normalize_url=["region"]

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST
            https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-lite-v1:0/converse
  model     amazon.nova-lite-v1:0
  user      "Say hi"
"""
    )


def test_a_header_that_has_to_match():
    body = {"model": "claude", "messages": [{"role": "user", "content": "Hi"}]}
    report = miss(
        post(body, url=ANTHROPIC, anthropic_beta="files-2025"),
        post(body, url=ANTHROPIC, anthropic_beta="files-2024"),
        match_headers=("anthropic-beta",),
    )
    assert (
        text(report)
        == """
header anthropic-beta changed: no recorded interaction answers this request

  header anthropic-beta
    recorded  "files-2024"
    sent      "files-2025"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.anthropic.com/v1/messages
  model     claude
  user      "Hi"
"""
    )


def test_results_handed_to_the_wrong_calls():
    def swap(body):
        first, second = (m for m in body["messages"] if m["role"] == "tool")
        first["tool_call_id"], second["tool_call_id"] = (
            second["tool_call_id"],
            first["tool_call_id"],
        )

    recorded = requests_of("multi_tool_streaming.yaml")
    report = miss(edited(recorded[1], swap), *recorded, played=(recorded[0],))
    assert (
        text(report)
        == """
tool call id changed: no recorded interaction answers this request

  messages[3].tool_call_id (tool call id)
    recorded  "functions.add:0"
    sent      "functions.multiply:1"
  messages[4].tool_call_id (tool call id)
    recorded  "functions.multiply:1"
    sent      "functions.add:0"

Only ids of tool calls differ. Ids from a recorded answer must be sent back
unchanged, each with the result of its own call.

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions, 1 replayed
  nearest   interaction 1, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "Add and multiply the number 2 and 3"
"""
    )


def test_an_anthropic_conversation():
    image = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    before = {
        "model": "claude-sonnet-5",
        "max_tokens": 500,
        "system": [{"type": "text", "text": "You sort mail."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What is this?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"zoom": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a stamp"},
                ],
            },
        ],
    }

    def change(body):
        body["system"][0]["text"] = "You sort mail and parcels."
        body["messages"][0]["content"].append({"type": "image", "source": image})
        body["messages"][1]["content"][0]["input"]["zoom"] = 2
        body["messages"][2]["content"][0]["content"] = "a blue stamp"

    recorded = post(before, url=ANTHROPIC)
    report = miss(edited(recorded, change), recorded)
    assert (
        text(report)
        == """
system prompt changed, image added and 2 more:
no recorded interaction answers this request

  system[0].text (system prompt)
    recorded  "You sort mail."
    sent      "You sort mail{+ and parcels+}."
  messages[0].content[1] (image, only sent)
    sent      image/png, 8 bytes
  messages[1].content[0].input.zoom (arguments of tool call look)
    recorded  1
    sent      2
  messages[2].content[0].content (result of tool look)
    recorded  "a stamp"
    sent      "a {+blue +}stamp"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.anthropic.com/v1/messages
  model     claude-sonnet-5
  user      "What is this?"
"""
    )


def test_a_gemini_conversation():
    before = {
        "contents": [{"role": "user", "parts": [{"text": "Name three rivers."}]}],
        "generationConfig": {"temperature": 0},
        "tools": [{"functionDeclarations": [{"name": "search", "parameters": {"type": "OBJECT"}}]}],
    }

    def change(body):
        body["contents"][0]["parts"][0]["text"] = "Name three lakes."
        body["generationConfig"]["temperature"] = 1
        body["tools"][0]["functionDeclarations"][0]["parameters"]["required"] = ["query"]

    recorded = post(before, url=GEMINI)
    report = miss(edited(recorded, change), recorded)
    assert (
        text(report)
        == """
user message changed, schema of tool search added and 1 more:
no recorded interaction answers this request

  contents[0].parts[0].text (user message)
    recorded  "Name three [-rivers-]."
    sent      "Name three {+lakes+}."
  tools[0].functionDeclarations[0].parameters.required
    (schema of tool search, only sent)
    sent      ["query"]
  generationConfig.temperature (parameter)
    recorded  0
    sent      1

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST
            https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent
  model     gemini-2.5-pro
  user      "Name three lakes."
"""
    )


def test_a_request_to_the_responses_api():
    before = {
        "model": "gpt-5",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "How warm is it?"},
            {"type": "function_call", "call_id": "call_1", "name": "temp", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "21"},
        ],
    }

    def change(body):
        body["instructions"] = "Be brief and kind."
        body["input"][2]["output"] = "23"
        body["reasoning"] = {"effort": "low"}

    recorded = post(before, url=RESPONSES)
    report = miss(edited(recorded, change), recorded)
    assert (
        text(report)
        == """
system prompt, result of tool temp changed, reasoning added:
no recorded interaction answers this request

  instructions (system prompt)
    recorded  "Be brief."
    sent      "Be brief{+ and kind+}."
  input[2].output (result of tool temp)
    recorded  "21"
    sent      "23"
  reasoning (parameter, only sent)
    sent      {"effort": "low"}

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://api.openai.com/v1/responses
  model     gpt-5
  user      "How warm is it?"
"""
    )


def test_another_wire_format():
    claude = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    gemini = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    report = miss(post(gemini, url=GEMINI), post(claude, url=ANTHROPIC))
    assert (
        text(report)
        == """
url, body changed: no recorded interaction answers this request

  url
    recorded  "https://api.anthropic.com/v1/messages"
    sent      "https://generativelanguage.googleapis.com/v1beta/models/gemin
              i-2.5-pro:generateContent"
  body (wire format)
    recorded  "anthropic"
    sent      "gemini"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST
            https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent
  model     gemini-2.5-pro
  user      "Hi"
"""
    )


def test_json_that_is_no_conversation():
    url = "https://qdrant.test/collections/docs/points/search"
    before = {"vector": [0.1, 0.2, 0.3], "limit": 3, "filter": {"must": [{"key": "lang"}]}}
    after = {"vector": [0.1, 0.25, 0.3], "limit": 5, "filter": {"must": [{"key": "lang"}]}}
    report = miss(post(after, url=url), post(before, url=url))
    assert (
        text(report)
        == """
vector[1], limit changed: no recorded interaction answers this request

  vector[1]
    recorded  0.2
    sent      0.25
  limit
    recorded  3
    sent      5

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://qdrant.test/collections/docs/points/search
  body      {"vector": [0.1, 0.25, 0.3], "limit": 5, "filter": {"must":
            [{"key": "lang"}]}}
"""
    )


def test_a_form():
    url = "https://auth.test/token"
    report = miss(
        post("grant_type=code&scope=read+write", FORM, url=url),
        post("grant_type=code&scope=read", FORM, url=url),
    )
    assert (
        text(report)
        == """
form field scope changed: no recorded interaction answers this request

  form field scope
    recorded  "read"
    sent      "read{+ write+}"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://auth.test/token
  body      grant_type=code&scope=read+write
"""
    )


def test_a_text_by_line():
    url = "https://logs.test/ingest"
    report = miss(
        post("started\nran 4 jobs\nstopped\n", "text/plain", url=url),
        post("started\nran 3 jobs\nidle\nstopped\n", "text/plain", url=url),
    )
    assert (
        text(report)
        == """
body line 2 changed, body line 3 removed:
no recorded interaction answers this request

  body line 2
    recorded  "ran [-3-] jobs\\n"
    sent      "ran {+4+} jobs\\n"
  body line 3 (only recorded)
    recorded  "idle\\n"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://logs.test/ingest
  body      started\\nran 4 jobs\\nstopped\\n
"""
    )


def test_bytes():
    url = "https://files.test/upload"
    report = miss(
        post(b"\x89PNG\x00\x01\xff", "image/png", url=url),
        post(b"\x89PNG\x00\x01\x02\x03", "image/png", url=url),
    )
    assert (
        text(report)
        == """
body changed: no recorded interaction answers this request

  body
    recorded  8 bytes, from byte 6: 02 03
    sent      7 bytes, from byte 6: ff

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST https://files.test/upload
  body      7 bytes
"""
    )


def test_secrets_are_not_shown():
    def log_in(body):
        body["user"] = "bob"
        body["api_key"] = "sk-live-2"

    url = "https://user:pass@api.test/v1/items?key=AIza2&page=1"
    recorded = post({"user": "alice", "api_key": "sk-live-1"}, url=url.replace("AIza2", "AIza1"))
    sent = edited(replace(recorded, url=url), log_in)
    report = miss(sent, recorded, redact=lambda request: redact_request(request, Redaction()))
    assert (
        text(report)
        == """
user changed: no recorded interaction answers this request

  user
    recorded  "alice"
    sent      "bob"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  1 interaction
  nearest   interaction 0, not replayed yet
  request   POST
            https://%5BREDACTED%5D@api.test/v1/items?key=[REDACTED]&page=1
  body      {"user": "bob", "api_key": "[REDACTED]"}
"""
    )


def test_a_secret_is_not_shown_as_the_name_of_a_field_either():
    recorded = post("[REDACTED]=1&trace_id=req_1", FORM, url="https://a.test/v1?[REDACTED]=1")
    sent = post("s3cretValue=1&trace_id=req_2", FORM, url="https://a.test/v1?s3cretValue=1")
    report = explain_miss(
        sent,
        Index(answered(recorded), Rules()),
        path="weather.yaml",
        record="rewrite it",
        scrub=lambda text: text.replace("s3cretValue", "[REDACTED]"),
    )
    assert [(change.place, change.setting) for change in report.changes] == [
        ("query parameter [REDACTED]", None),
        ("query parameter [REDACTED]", None),
        ("form field [REDACTED]", None),
        ("form field trace_id", None),
        ("form field [REDACTED]", None),
    ]
    assert "s3cretValue" not in text(report)


def test_two_recordings_of_one_test_word_the_answer_differently():
    # The first turn is equal in both; in the second, each model's own words come back.
    recorded = requests_of("multi_tool_streaming.yaml")
    sent = requests_of("multi_tool_streaming_escaped.yaml")
    report = miss(sent[1], *recorded)
    assert (
        text(report)
        == """
assistant message, arguments of tool call add changed and 3 more:
no recorded interaction answers this request

  messages[2].content (assistant message)
    recorded  "I'll add and multiply 2 and 3 for you."
    sent      "I'll perform both operations with the numbers 2 and 3."
  messages[2].tool_calls[0].function.arguments (arguments of tool call add)
    recorded  "{"a":[- -]2,[- -]"b":[- -]3}"
    sent      "{"a":2,"b":3}"
  messages[2].tool_calls[1].function.arguments
    (arguments of tool call multiply)
    recorded  "{"a":[- -]2,[- -]"b":[- -]3}"
    sent      "{"a":2,"b":3}"
  max_tokens (parameter, only recorded)
    recorded  4000
  messages[2].tool_calls[0].id (tool call id)
    recorded  "functions.add:0"
    sent      "call_o1p1wrhufp6epnj7d8ku3n7b"
  messages[2].tool_calls[1].id (tool call id)
    recorded  "functions.multiply:1"
    sent      "call_2p8ey5itezput2hlazmx9esq"

  and 2 more: messages[3].tool_call_id (tool call id),
  messages[4].tool_call_id (tool call id)

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 1, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "Add and multiply the number 2 and 3"
"""
    )


def test_two_recordings_of_one_test_with_a_changed_prompt():
    recorded = requests_of("tool_streaming.yaml")
    sent = requests_of("tool_streaming_together.yaml")
    report = miss(sent[1], *recorded, played=(recorded[0],))
    assert (
        text(report)
        == """
arguments of tool call weather changed, provider added and 1 more:
no recorded interaction answers this request

  messages[2].tool_calls[0].function.arguments
    (arguments of tool call weather)
    recorded  "{"location":[- -]"Florence,[- -]Italy"}"
    sent      "{"location":"Florence,Italy"}"
  provider (parameter, only sent)
    sent      {"only": ["together"]}
  messages[2].tool_calls[0].id (tool call id)
    recorded  "weather:0"
    sent      "call_3phdhufcik484u5ko1t3mdif"
  messages[3].tool_call_id (tool call id)
    recorded  "weather:0"
    sent      "call_3phdhufcik484u5ko1t3mdif"

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions, 1 replayed
  nearest   interaction 1, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "What's the weather in Florence,Italy?"
"""
    )


@needs_corpus
def test_two_recordings_of_one_test_with_and_without_a_cache():
    folder = CORPUS / "go-vcr-v2/fantasy/providertests/testdata"
    plain = folder / "TestAnthropicCommon/claude-sonnet-4/multi_tool.yaml"
    cached = folder / "TestAnthropicCommonWithCacheControl/claude-sonnet-4/multi_tool.yaml"
    report = miss(requests_of(cached)[0], *requests_of(plain))
    assert (
        text(report)
        == """
system prompt, user message added:
no recorded interaction answers this request

  system[0].cache_control (system prompt, only sent)
    sent      {"type": "ephemeral"}
  messages[0].content[0].cache_control (user message, only sent)
    sent      {"type": "ephemeral"}

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 0, not replayed yet
  request   POST https://api.anthropic.com/v1/messages
  model     claude-sonnet-4-20250514
  user      "Add and multiply the number 2 and 3"
"""
    )


@needs_corpus
def test_two_recordings_of_one_test_by_different_models():
    folder = CORPUS / "go-vcr-v2/fantasy/providertests/testdata/TestOpenRouterCommon"
    recorded = requests_of(folder / "anthropic/multi_tool.yaml")
    report = miss(requests_of(folder / "openai/multi_tool.yaml")[0], *recorded)
    assert (
        text(report)
        == """
model changed, max_tokens removed, max_completion_tokens added:
no recorded interaction answers this request

  model
    recorded  "anthropic/claude-haiku-4.5"
    sent      "openai/gpt-5.4-nano"
  max_tokens (parameter, only recorded)
    recorded  4000
  max_completion_tokens (parameter, only sent)
    sent      4000

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_agent.py::test_weather

  cassette  weather.yaml
  contains  2 interactions
  nearest   interaction 0, not replayed yet
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     openai/gpt-5.4-nano
  user      "Add and multiply the number 2 and 3"
"""
    )
