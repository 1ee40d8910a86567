"""Settings from several places: lists add up, the nearest scalar wins, mistakes are named."""

from __future__ import annotations

import pytest

from llmcassette import SettingsError
from llmcassette.recorder.settings import Layer, Settings, merge


def merged(*layers):
    return merge([Layer(f"layer {number}", layer) for number, layer in enumerate(layers)])


def refused(**values):
    with pytest.raises(SettingsError) as caught:
        merge([Layer("the marker", values)])
    return str(caught.value)


def test_without_layers_everything_has_its_default():
    assert merged() == Settings()
    assert merged({}, {}) == Settings()


@pytest.mark.parametrize(
    "name", ["ignore", "ignore_query", "match_headers", "pass_hosts", "ignore_hosts"]
)
def test_lists_add_up_farthest_first_without_repeats(name):
    settings = merged({name: ["a", "b"]}, {name: ("b", "c")})
    assert getattr(settings, name) == ("a", "b", "c")


def test_url_rules_add_up_too():
    settings = merged({"normalize_url": ["host"]}, {"normalize_url": [["/v[0-9]+/", "/v/"]]})
    assert settings.normalize_url == ("host", ("/v[0-9]+/", "/v/"))


@pytest.mark.parametrize(
    ("name", "far", "near"),
    [
        ("mode", "once", "all"),
        ("allow_repeats", True, False),
        ("ordered", False, True),
        ("rename_ids", True, False),
        ("match_on", ["method"], ["url", "body"]),
        ("ci", True, False),
        ("placeholder_keys", False, True),
    ],
)
def test_of_scalars_the_nearest_wins(name, far, near):
    value = getattr(merged({name: far}, {name: near}), name)
    assert value == (tuple(near) if isinstance(near, list) else near)


def test_a_mode_of_none_leaves_it_to_the_others():
    assert merged({"mode": "once"}, {"mode": None}).mode == "once"
    assert merged({"mode": None}).mode is None


def test_a_nearer_matcher_of_none_takes_the_farther_one_away():
    assert merged({"matcher": max}).matcher is max
    assert merged({"matcher": max}, {"matcher": None}).matcher is None


def test_an_unknown_setting_suggests_the_right_one():
    assert refused(ignored=["$.a"]).startswith(
        "there is no setting 'ignored' (the marker). Did you mean 'ignore"
    )
    assert refused(passhosts=[]) == (
        "there is no setting 'passhosts' (the marker). Did you mean 'pass_hosts'?"
    )


def test_a_setting_of_vcrpy_is_answered_with_what_does_it_here():
    assert refused(filter_headers=["Authorization"]) == (
        "there is no setting 'filter_headers' (the marker): headers that carry credentials are "
        "never recorded, nor are most others of requests: remove it."
    )
    assert refused(record_mode="once") == (
        "there is no setting 'record_mode' (the marker): it is mode here."
    )


def test_a_header_with_credentials_cannot_be_compared():
    with pytest.raises(SettingsError) as caught:
        _ = merged({"match_headers": ["Authorization"]}).rules
    assert str(caught.value) == (
        "match_headers: 'Authorization' carries credentials and is never written to a cassette, so "
        "it can't be compared; remove it"
    )


def test_a_setting_like_no_other_lists_them_all():
    message = refused(zzz=1)
    assert message.startswith("there is no setting 'zzz' (the marker). There are: mode, ignore, ")
    assert "pass_hosts, ignore_hosts" in message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"ignore": "$.a"},
            "ignore (the marker) must be a list of strings, such as ['$.a'], not '$.a'",
        ),
        (
            {"pass_hosts": [1]},
            'pass_hosts (the marker) must be a list of strings, such as ["…"], not [1]',
        ),
        ({"ordered": "yes"}, "ordered (the marker) must be true or false, not 'yes'"),
        ({"ci": 1}, "ci (the marker) must be true or false, not 1"),
        ({"matcher": "f"}, "matcher (the marker) must be a function of two requests, not 'f'"),
        (
            {"normalize_url": "host"},
            "normalize_url (the marker) must be a list of names and of pairs, not 'host'",
        ),
        (
            {"normalize_url": [["a", "b", "c"]]},
            "normalize_url (the marker): ['a', 'b', 'c'] is neither a name nor a pair "
            "[pattern, replacement]",
        ),
        (
            {"mode": "al"},
            "'al' is no record mode (mode (the marker)). Did you mean 'all'? The modes are none, "
            "once, new_episodes, all, rewrite, live.",
        ),
    ],
)
def test_a_value_of_a_wrong_type_is_named_with_its_place(values, message):
    assert refused(**values) == message


def test_the_rules_of_matching_are_taken_from_the_settings():
    rules = merged({"ignore": ["$.metadata"], "ordered": True, "match_on": ["method"]}).rules
    assert (rules.ignore, rules.ordered, rules.match_on) == (("$.metadata",), True, ("method",))


def test_a_rule_that_cannot_be_used_is_refused():
    with pytest.raises(SettingsError):
        _ = merged({"ignore": ["$..["]}).rules
