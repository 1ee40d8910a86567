"""The effect of the opt-in rules, the errors for wrong ones, and the report of unused ones."""

from __future__ import annotations

import jsonpath_rfc9535
import pytest

from llmcassette.errors import SettingsError
from llmcassette.matching import NAMED_URL_RULES, Index, Rules, RuleUse
from tests.matching.requests import FORM, answered, get, post


def equal(one, other, **rules):
    return Index(answered(one), Rules(**rules)).take(other) is not None


BODY = {"model": "m", "metadata": {"run": 1}, "messages": [{"id": "a", "content": "x"}]}


def body(**changes):
    return post({**BODY, **changes})


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("$.metadata", {"metadata": {"run": 2}}),
        ("$.metadata", {"metadata": None}),
        ("$.metadata.run", {"metadata": {"run": 2}}),
        ("$['metadata']['run']", {"metadata": {"run": [2]}}),
        ("$.user", {"user": "me"}),
        ("$.messages[*].id", {"messages": [{"id": "b", "content": "x"}]}),
        ("$.messages[0].id", {"messages": [{"content": "x"}]}),
        ("$.messages[-1].id", {"messages": [{"id": "b", "content": "x"}]}),
        ("$..id", {"messages": [{"id": "b", "content": "x"}], "id": 1}),
        ("$.messages[?@.content == 'x'].id", {"messages": [{"id": "b", "content": "x"}]}),
        ("$.messages", {"messages": []}),
        ("$.messages[*]", {"messages": [1, 2, 3]}),
        ("$.messages[1:]", {"messages": [*BODY["messages"], 2, 3]}),
        ("$", {"model": "other"}),
    ],
)
def test_ignored_values_do_not_count(path, changes):
    assert not equal(body(), body(**changes))
    assert equal(body(), body(**changes), ignore=[path])
    assert equal(body(**changes), body(), ignore=[path])


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("$.metadata.run", {"metadata": {"run": 2, "x": 1}}),
        ("$.messages[*].id", {"messages": [{"id": "b", "content": "y"}]}),
        ("$.messages[0]", {"messages": []} | {"model": "other"}),
        ("$.metadata.run.deeper", {"metadata": {"run": 2}}),
        ("$..nothing", {"metadata": {"run": 2}}),
    ],
)
def test_all_else_still_counts(path, changes):
    assert not equal(body(), body(**changes), ignore=[path])


def test_paths_are_for_json_bodies_only():
    assert not equal(post("a=1", FORM), post("a=2", FORM), ignore=["$.a"])
    assert not equal(post('"a"'), post('"b"'), ignore=["$.a"])


def test_the_whole_of_a_body_that_is_a_scalar():
    assert equal(post('"a"'), post('"b"'), ignore=["$"])


def test_several_paths_are_taken_out_one_after_the_other():
    assert equal(body(), body(metadata=1, model=2), ignore=["$.metadata", "$.model"])


def test_in_a_body_too_deep_for_the_library_a_path_selects_nothing():
    def deep(leaf, levels):
        return post('{"a":' * levels + f'{{"id":{leaf},"b":1}}' + "}" * levels)

    assert equal(deep(1, 90), deep(2, 90), ignore=["$..id"])
    assert not equal(deep(1, 90), deep(2, 90), ignore=["$..x"])
    assert not equal(deep(1, 200), deep(2, 200), ignore=["$..id"])
    assert not equal(deep(1, 5000), deep(2, 5000), ignore=["$..id"])


def test_a_filter_that_goes_too_deep_for_the_library_selects_nothing():
    deep = '{"id":%d,"x":' + "[" * 300 + "]" * 300 + "}"
    assert equal(post(deep % 1), post(deep % 2), ignore=["$.id"])
    assert not equal(post(deep % 1), post(deep % 2), ignore=["$[?@..x]"])
    assert not equal(post(f"[{deep % 1}]"), post(f"[{deep % 2}]"), ignore=["$[?@..id].id"])


def test_ignored_members_and_elements_go_together():
    one = '{"a":[{"id":1},{"id":2},3],"b":{"id":4,"c":5}}'
    assert equal(post(one), post('{"a":[7,8,3],"b":{"c":5}}'), ignore=["$.a[0,1]", "$.b.id"])
    assert equal(post(one), post('{"a":[3],"b":{"c":5}}'), ignore=["$..[?@.id < 3]", "$..id"])
    assert equal(post(one), post('{"a":[],"b":1}'), ignore=["$.*", "$..*"])


def test_ignored_query_parameters():
    one, other = get("https://a.com/?key=1&a=2&a=3"), get("https://a.com/?a=2&a=3&key=9&key=8")
    assert equal(one, other, ignore_query=["key"])
    assert not equal(one, other, ignore_query=["KEY"])
    assert not equal(one, get("https://a.com/?a=3&a=2"), ignore_query=["key"])


def test_compared_headers():
    one = post("{}", anthropic_version="1", x="a")
    assert equal(one, post("{}", Anthropic_Version="1"), match_headers=["ANTHROPIC-version"])
    assert not equal(one, post("{}", anthropic_version="2"), match_headers=["anthropic-version"])
    assert not equal(one, post("{}"), match_headers=["anthropic-version"])
    assert equal(post("{}"), post(" {}"), match_headers=["anthropic-version"])


def test_a_compared_content_type_leaves_out_the_boundary():
    def parts(boundary):
        return post(
            f"--{boundary}\r\n\r\na\r\n--{boundary}--", f"multipart/mixed; boundary={boundary}"
        )

    assert equal(parts("x"), parts("y"), match_headers=["content-type"])


@pytest.mark.parametrize(
    ("left_out", "one", "other"),
    [
        ("method", post("{}"), post("{}", method="PUT")),
        ("scheme", get("http://a.com:1/"), get("https://a.com:1/")),
        ("host", get("https://a.com/"), get("https://b.com/")),
        ("port", get("https://a.com/"), get("https://a.com:8443/")),
        ("path", get("https://a.com/a"), get("https://a.com/b")),
        ("query", get("https://a.com/?a=1"), get("https://a.com/?a=2")),
        ("body", post("[1]"), post("[2]")),
    ],
)
def test_match_on_names_what_is_compared(left_out, one, other):
    everything = ("method", "scheme", "host", "port", "path", "query", "body")
    assert not equal(one, other, match_on=everything)
    assert equal(one, other, match_on=[each for each in everything if each != left_out])
    assert not equal(one, other, match_on=[left_out])


def test_url_is_its_five_parts():
    rules = Rules(match_on=["url"])
    assert rules.compared() == {"scheme", "host", "port", "path", "query"}
    assert Rules(match_on=["method"]).compared() == {"method"}


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (
            "region",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse",
            "https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse",
        ),
        (
            "region",
            "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/x",
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/x",
        ),
        (
            "region",
            "https://eastus.api.cognitive.microsoft.com/openai",
            "https://westeurope.api.cognitive.microsoft.com/openai",
        ),
        ("project", "https://a.com/v1/projects/mine/x", "https://a.com/v1/projects/ci/x"),
        (
            "deployment",
            "https://r.openai.azure.com/openai/deployments/a/chat?api-version=1",
            "https://r.openai.azure.com/openai/deployments/b/chat?api-version=1",
        ),
        ("resource", "https://mine.openai.azure.com/x", "https://ci.openai.azure.com/x"),
        ("version", "https://a.com/v1beta/models/m", "https://a.com/v1/models/m"),
        ("version", "https://a.com/v1beta1/models/m", "https://a.com/v1alpha/models/m"),
        ("version", "https://a.com/v1beta", "https://a.com/v1"),
        ((r"tenant-\w+", "tenant"), "https://tenant-a.com/x", "https://tenant-b.com/x"),
        ([r"/u/(\w)\w*/", r"/u/\1/"], "https://a.com/u/abc/", "https://a.com/u/axy/"),
    ],
)
def test_urls_are_normalised(rule, one, other):
    assert not equal(get(one), get(other))
    assert equal(get(one), get(other), normalize_url=[rule])


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        ("version", "https://a.com/v1beta/m", "https://a.com/v2/m"),
        ("version", "https://a.com/v1betatest/m", "https://a.com/v1/m"),
        ("deployment", "https://a.com/deployments/a/x", "https://a.com/deployments/b/y"),
        ("project", "https://a.com/projects/a/x", "https://a.com/locations/a/x"),
        ("resource", "https://mine.example.com/x", "https://ci.example.com/x"),
    ],
)
def test_a_url_rule_goes_no_further_than_its_name(rule, one, other):
    assert not equal(get(one), get(other), normalize_url=[rule])


def test_a_url_rule_that_leaves_another_query_order_is_normalised_again():
    one, other = get("https://a.com/?x9=1&b=2"), get("https://a.com/?a9=1&b=2")
    assert equal(one, other, normalize_url=[(r"\w9=", "z=")])


def reason(path):
    """Why it is no JSONPath, in the words of the library, which change with its version."""
    with pytest.raises(jsonpath_rfc9535.JSONPathError) as raised:
        jsonpath_rfc9535.compile(path)
    return raised.value.args[0]


WRONG = [
    (
        {"ignore": ["$.a["]},
        f"ignore: '$.a[' is not a JSONPath (RFC 9535): {reason('$.a[')}. "
        "Paths look like '$.metadata' or '$.messages[*].id'",
    ),
    (
        {"ignore": ["metadata"]},
        f"ignore: 'metadata' is not a JSONPath (RFC 9535): {reason('metadata')}. "
        "Paths look like '$.metadata' or '$.messages[*].id'",
    ),
    ({"ignore": "$.a"}, "ignore: must be a list, not '$.a'"),
    ({"ignore": [1]}, "ignore: each item must be a text, not 1"),
    ({"ignore_query": [("a", "b")]}, "ignore_query: each item must be a text, not ('a', 'b')"),
    ({"match_headers": None}, "match_headers: must be a list, not None"),
    (
        {"match_on": ["metod", "url"]},
        "match_on: 'metod' cannot be compared: did you mean 'method'? "
        "The parts are method, url, scheme, host, port, path, query, body",
    ),
    (
        {"match_on": ["everything"]},
        "match_on: 'everything' cannot be compared: "
        "The parts are method, url, scheme, host, port, path, query, body",
    ),
    (
        {"match_on": ["url", "headers"]},
        "match_on: headers are compared by name: give match_headers = ['anthropic-version', ...]",
    ),
    ({"match_on": []}, "match_on: must name something, or any request matches any"),
    (
        {"normalize_url": ["regions"]},
        "normalize_url: 'regions' is not a rule for URLs: did you mean 'region'? "
        "The names are region, project, deployment, resource, version; other rules are pairs of a "
        "regular expression and its replacement",
    ),
    (
        {"normalize_url": ["x"]},
        "normalize_url: 'x' is not a rule for URLs: "
        "The names are region, project, deployment, resource, version; other rules are pairs of a "
        "regular expression and its replacement",
    ),
    (
        {"normalize_url": [("(", "")]},
        "normalize_url: ('(', '') is not a regular expression (Python's re) with its replacement: "
        "missing ), unterminated subpattern at position 0",
    ),
    (
        {"normalize_url": [("a", r"\1")]},
        r"normalize_url: ('a', '\\1') is not a regular expression (Python's re) with its "
        "replacement: invalid group reference 1 at position 1",
    ),
    (
        {"normalize_url": [("a", r"\g<x>")]},
        r"normalize_url: ('a', '\\g<x>') is not a regular expression (Python's re) with its "
        "replacement: unknown group name 'x'",
    ),
    (
        {"normalize_url": [("a", "b", "c")]},
        "normalize_url: each item must be a text or a pair of texts, not ('a', 'b', 'c')",
    ),
    ({"matcher": "body"}, "matcher: must be a function"),
    ({"redact": 1}, "redact: must be a function"),
    ({"ordered": 1}, "ordered: must be true or false"),
    ({"rename_ids": None}, "rename_ids: must be true or false"),
]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[str(given) for given, _ in WRONG])
def test_a_wrong_rule_is_refused_with_the_remedy(given, message):
    with pytest.raises(SettingsError) as raised:
        Rules(**given)
    assert str(raised.value) == message
    assert raised.value.field in given


def test_a_matcher_may_stand_alone():
    assert equal(get("http://a/"), post("[1]"), match_on=(), matcher=lambda sent, recorded: True)


def test_lists_of_a_settings_file_become_tuples():
    rules = Rules(ignore=["$.a"], normalize_url=["region", ["a", "b"]])
    assert rules.ignore == ("$.a",)
    assert rules.normalize_url == ("region", ("a", "b"))
    assert hash(rules) == hash(Rules(ignore=("$.a",), normalize_url=("region", ("a", "b"))))


def test_the_named_url_rules():
    assert list(NAMED_URL_RULES) == ["region", "project", "deployment", "resource", "version"]


ALL_RULES = Rules(
    ignore=["$.metadata", "$.user"],
    ignore_query=["key", "nonce"],
    match_headers=["x-a", "x-b"],
    normalize_url=["region", "version", ("tenant", "t")],
)


def test_rules_that_matched_nothing_are_named():
    recorded = post({"metadata": 1}, url="https://a.com/v1beta/x?key=1", x_a="1")
    sent = post({"metadata": 2}, url="https://a.com/v1/x?key=2", x_a="1")
    index = Index(answered(recorded), ALL_RULES)
    assert index.take(sent) is not None
    assert index.unused_rules() == (
        ("ignore", "$.user"),
        ("ignore_query", "nonce"),
        ("match_headers", "x-b"),
        ("normalize_url", "region"),
        ("normalize_url", "tenant"),
    )


def test_a_rule_matched_when_the_request_was_found_without_need_of_it():
    request = post({"metadata": 1})
    index = Index(answered(request, post({"user": 1})), Rules(ignore=["$.metadata", "$.user"]))
    index.take(request)
    assert index.canonicalised == 0
    assert index.unused_rules() == (("ignore", "$.user"),)


def test_a_rule_that_matched_in_one_cassette_of_a_session_is_used():
    use = RuleUse()
    rules = Rules(ignore=["$.metadata", "$.user"])
    for body in ({"metadata": 1}, {"user": 1}):
        index = Index(answered(post(body)), rules, use)
        index.take(post(body))
        index.unused_rules()
    assert use.unused(rules) == ()
    assert use.count("ignore", "$.user") == 1


def test_without_rules_none_is_unused():
    index = Index(answered(post("{}")), Rules())
    index.take(post("{}"))
    assert index.unused_rules() == ()
    assert index.canonicalised == 0


@pytest.mark.parametrize(
    ("recorded", "sent", "same"),
    [
        ({"seed": None}, {}, True),
        ({}, {"tools": [{"strict": None, "name": "a"}], "x": {"y": None}}, False),
        ({"tools": [{"name": "a"}]}, {"tools": [{"strict": None, "name": "a"}]}, True),
        ({"stop": [None]}, {"stop": []}, False),
        ({"seed": None}, {"seed": 0}, False),
        ({"seed": None}, {"seed": False}, False),
    ],
)
def test_a_member_that_is_null_equals_none_where_the_setting_says_so(recorded, sent, same):
    one, other = body(**recorded), body(**sent)
    assert equal(one, other, null_is_absent=True) is same
    assert equal(other, one, null_is_absent=True) is same
    assert not equal(one, other)
