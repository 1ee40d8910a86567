"""MCP over streamable HTTP: JSON-RPC messages, answered by JSON or by SSE."""

from __future__ import annotations

import json
from typing import Any

from llmcassette import Response, providers
from llmcassette.model import Interaction
from llmcassette.providers import ToolCall
from llmcassette.providers.mcp_messages import without_volatile
from llmcassette.recorder.completions import completions
from tests.providers.wires import SSE, post, reply

URL = "https://tools.example.com/mcp"
CALL = {"name": "weather", "arguments": {"city": "Köln"}}


def message(method: str, params: Any = None, **more: Any) -> dict[str, Any]:
    sent = {"jsonrpc": "2.0", "id": 3, "method": method, **more}
    return sent if params is None else {**sent, "params": params}


def result(value: Any, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 3, "result": value, **more}


def events(*values: Any) -> bytes:
    return b"".join(f"event: message\r\ndata: {json.dumps(v)}\r\n\r\n".encode() for v in values)


def test_a_call_of_a_tool() -> None:
    asked = providers.conversation(post(URL, message("tools/call", CALL)))
    assert asked is not None
    [sent] = asked.messages
    call = ToolCall(
        "", "weather", {"city": "Köln"}, path="params", arguments_path="params.arguments"
    )
    assert (asked.provider, asked.model, sent.role, sent.parts) == (
        "mcp", "tools/call", "client", (call,),
    )  # fmt: skip


def test_its_result() -> None:
    content = [
        {"type": "text", "text": "Sun"},
        {"type": "image", "data": "AAAA", "mimeType": "image/png"},
    ]
    for body, content_type in (
        (result({"content": content, "isError": False}), "application/json"),
        (events(message("notifications/progress"), result({"content": content})), SSE),
    ):
        found = providers.completion(
            post(URL, message("tools/call", CALL)), reply(body, content_type)
        )
        assert found is not None
        assert (found.text, found.media[0].media_type, found.finish_reason, found.complete) == (
            "Sun", "image/png", "", True,
        )  # fmt: skip


def test_errors_of_a_tool_and_of_the_protocol() -> None:
    request = post(URL, message("tools/call", CALL))
    failed = {"content": [{"type": "text", "text": "No such city"}], "isError": True}
    of_tool = providers.completion(request, reply(result(failed)))
    assert of_tool is not None
    assert (of_tool.text, of_tool.finish_reason) == ("No such city", "tool error")
    error = {"code": -32601, "message": "Method not found"}
    of_protocol = providers.completion(request, reply({"jsonrpc": "2.0", "id": 3, "error": error}))
    assert of_protocol is not None
    assert of_protocol.error is not None
    assert (of_protocol.error.code, of_protocol.error.message) == ("-32601", "Method not found")


def test_the_list_of_tools() -> None:
    schema = {"type": "object", "properties": {"city": {}, "unit": {}}}
    tools = [
        {"name": "weather", "description": "The weather.", "inputSchema": schema},
        {"name": "now"},
    ]
    found = providers.completion(post(URL, message("tools/list")), reply(result({"tools": tools})))
    assert found is not None
    assert found.text == "weather(city, unit): The weather.\nnow()"


def test_a_stream_is_over_with_the_response_whatever_comes_before() -> None:
    request = post(URL, message("tools/call", CALL))
    before = events(message("notifications/progress"), message("sampling/createMessage"))
    whole = before + events(result({"content": []}))
    for body, over in ((before, False), (whole, True)):
        response = reply(body, SSE)
        assert providers.ended(request, response.headers, body) is over


def test_a_notification_has_no_answer() -> None:
    request = post(URL, message("notifications/initialized"))
    assert providers.completion(request, Response(code=202)) is None


def test_a_tool_is_no_model() -> None:
    answer = reply(result({"content": [{"type": "text", "text": "Sun"}]}))
    assert completions([Interaction(0, post(URL, message("tools/call", CALL)), answer)]) == ()


def test_other_json_rpc_is_not_mcp() -> None:
    for method in ("message/send", "tasks/get", "eth_call", "textDocument/hover"):
        assert providers.identify(post(URL, message(method))) is None
    assert providers.identify(post(URL, {**message("tools/list"), "jsonrpc": "1.0"})) is None
    assert providers.identify(post(URL, {"id": 3, "method": "tools/list"})) is None


def test_what_sdks_make_up_is_volatile_and_nothing_else() -> None:
    sdk = {
        "io.modelcontextprotocol/clientInfo": {"name": "app", "version": "1"},
        "progressToken": 3,
        "traceparent": "00-1",
    }
    for sent, kept in (
        (message("tools/list"), {}),
        (message("tools/list", {"_meta": sdk}), {}),
        (message("tools/call", {**CALL, "_meta": sdk}), {"params": CALL}),
        (
            message("tools/call", {**CALL, "_meta": {**sdk, "tenant": "a"}}),
            {"params": {**CALL, "_meta": {"tenant": "a"}}},
        ),
        (
            message("initialize", {"clientInfo": {"name": "app", "version": "1"}}),
            {"params": {"clientInfo": {"name": "app"}}},
        ),
        (
            message("notifications/cancelled", {"requestId": 3, "reason": "late"}),
            {"params": {"reason": "late"}},
        ),
    ):
        assert without_volatile(sent) == {"jsonrpc": "2.0", "method": sent["method"], **kept}
