"""Any change of one value that counts is a miss, and its report names the place."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.matching import Index, Rules
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.model import Interaction, Response
from tests.matching.requests import CHAT, post

words = st.sampled_from(["a", "Paris", "[REDACTED]", "call_1", "é", "x y", ""])
names = st.sampled_from(["content", "id", "call_id", "name", "seed", "a b", "messages"])
leaves = words | st.integers(-3, 3) | st.sampled_from([0.5, True, False, None])
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
calls = st.lists(words.filter(bool), min_size=1, max_size=2, unique=True)


def chat(texts, ids, extra):
    tool_calls = [{"id": each, "type": "function", "function": {"name": "f"}} for each in ids]
    return {
        "model": "gpt-5",
        "messages": [
            *({"role": "user", "content": text} for text in texts),
            {"role": "assistant", "tool_calls": tool_calls},
            *({"role": "tool", "tool_call_id": each, "content": "1"} for each in ids),
        ],
        "metadata": extra,
    }


chats = st.builds(chat, st.lists(words, min_size=1, max_size=2), calls, values)


def places(value, keys=()):
    """The keys of each value that is no container, or an empty one."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*keys, key))
    else:
        yield keys


def at(value, keys):
    for key in keys:
        value = value[key]
    return value


def is_equal(one, other):
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


@settings(max_examples=150, deadline=None)
@given(chats, st.booleans(), st.data())
def test_any_changed_value_is_a_miss_that_names_it(body, are_given, data):
    answer = json.dumps(body["messages"]).encode() if are_given else b""
    first = Interaction(0, post([0]), Response(code=200, body=answer))
    index = Index([first, Interaction(1, post(body), Response(code=200), ())], Rules())
    keys = data.draw(st.sampled_from(sorted(places(body), key=repr)))
    new = data.draw(leaves.filter(lambda leaf: not is_equal(leaf, at(body, keys))))
    changed = copy.deepcopy(body)
    at(changed, keys[:-1])[keys[-1]] = new
    sent = post(changed)

    assert index.take(sent) is None
    report = explain_miss(sent, index)
    assert report.nearest == 1
    # An item with another name is another item: one is gone, and one came.
    assert len(report.changes) in ((1, 2) if keys[-1] == "name" else (1,))
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
    for change in report.changes:
        around = change.place.replace('["a b"]', ".a b")
        assert path.startswith(around), (path, change.place)


@settings(max_examples=40, deadline=None)
@given(chats, st.sampled_from(["method", "path", "host", "query", "range"]))
def test_any_changed_address_is_a_miss_that_names_it(body, part):
    url = f"{CHAT}?alt=sse"
    index = Index([Interaction(0, post(body, url=url), Response(code=200), ())], Rules())
    sent = {
        "method": post(body, url=url, method="PUT"),
        "path": post(body, url=url.replace("v1", "v2")),
        "host": post(body, url=url.replace("api.", "eu.")),
        "query": post(body, url=url.replace("sse", "json")),
        "range": post(body, url=url, range="bytes=0-1"),
    }[part]

    assert index.take(sent) is None
    named = {"path": "url", "host": "url", "query": "query parameter alt", "range": "header range"}
    report = explain_miss(sent, index)
    assert [change.place for change in report.changes] == [named.get(part, part)]


FREE = ("metadata", "run"), ("metadata", "key")
"""An ignored path, and a place that recording redacted."""


@settings(max_examples=100, deadline=None)
@given(chats, st.data())
def test_ignored_paths_redacted_places_and_equal_numbers_may_change_and_nothing_else(body, data):
    body["metadata"] = {"run": body["metadata"], "kept": body["metadata"], "key": "[REDACTED]"}
    body["n"] = 3
    stored = Interaction(0, post(body), Response(code=200), ("body $.metadata.key",))
    rules = Rules(ignore=("$.metadata.run",), rename_ids=False)
    sent = copy.deepcopy(body)
    sent["n"] = data.draw(st.sampled_from([3, 3.0]))
    sent["metadata"]["run"] = data.draw(values)
    sent["metadata"]["key"] = data.draw(words.filter(bool))

    assert Index([stored], rules).take(post(sent)) is not None

    counting = sorted((keys for keys in places(body) if keys[:2] not in FREE), key=repr)
    keys = data.draw(st.sampled_from(counting))
    new = data.draw(leaves.filter(lambda leaf: not is_equal(leaf, at(body, keys))))
    at(sent, keys[:-1])[keys[-1]] = new
    assert Index([stored], rules).take(post(sent)) is None


@settings(max_examples=60, deadline=None)
@given(values.filter(lambda value: isinstance(value, dict)), st.data())
def test_of_an_mcp_request_only_the_listed_fields_may_change(arguments, data):
    def call(number, tool, arguments, **meta):
        params = {"name": tool, "arguments": arguments, "_meta": meta}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        return post(message, url="https://mcp.test/mcp")

    arguments = {**arguments, "city": "Paris"}
    stored = Interaction(0, call(1, "weather", arguments, progressToken=1), Response(code=200), ())
    number = data.draw(st.integers() | words)
    assert Index([stored], Rules()).take(call(number, "weather", arguments, progressToken=number))

    changed = copy.deepcopy(arguments)
    keys = data.draw(st.sampled_from(sorted(places(arguments), key=repr)))
    new = data.draw(leaves.filter(lambda leaf: not is_equal(leaf, at(arguments, keys))))
    at(changed, keys[:-1])[keys[-1]] = new
    for sent in (call(1, "weather", changed), call(1, "forecast", arguments)):
        index = Index([stored], Rules())
        assert index.take(sent) is None
        (change,) = explain_miss(sent, index).changes
        assert change.place.startswith("params.")
