"""Personal data becomes numbered stand-ins, the same for the same value in a whole recording."""

import json

import pytest

from llmcassette.errors import SettingsError
from llmcassette.model import Headers
from llmcassette.redaction import Redaction
from llmcassette.redaction.personal_data import (
    comparable_request,
    personal_findings,
    replace_personal_data,
    taken_stand_ins,
)
from llmcassette.redaction.personal_search import StandIns
from tests.cases import case
from tests.redaction.texts import SSE, chunked, interaction, sse, sse_data

ALL = Redaction(personal_data=("all",))


def replaced(*interactions, redaction=ALL):
    stand_ins = StandIns(redaction)
    return [replace_personal_data(one, stand_ins) for one in interactions]


def asked(text, **more):
    return interaction(request=json.dumps({"text": text, **more}).encode())


def text_after(text, **more):
    (result,) = replaced(asked(text), **more)
    return json.loads(result.request.body)["text"]


KINDS = {
    "email": {
        "write to alice.b+c@corp.co.uk.": "write to user-1@example.com.",
        "\nalice@corp.com\n": "\nuser-1@example.com\n",
        "é<alice@corp.com>, ALICE@corp.com, bob@corp.com": (
            "é<user-1@example.com>, user-1@example.com, user-2@example.com"
        ),
        "?to=alice%40corp.com": "?to=user-1%40example.com",
    },
    "ip": {
        "from 81.2.69.142 and 2a00:1450:4001::8a": "from 192.0.2.1 and 2001:db8::2",
        "81.2.69.142:443, 81.2.69.142.": "192.0.2.1:443, 192.0.2.1.",
    },
    "phone": {
        "call +49 (30) 1234-5678 or +14155552671": "call +15550100001 or +15550100002",
        "+49 30 1234567 10.1.2.3": "+15550100001 10.1.2.3",
    },
    "account": {
        "in organization org-AbCdEfGhIjKlMnOpQrStUvWx on": "in organization org-1 on",
        "arn:aws:bedrock:us-east-1:481516234299:model/x": (
            "arn:aws:bedrock:us-east-1:000000000001:model/x"
        ),
    },
}
UNTOUCHED = [
    *("git@github.com:a/b", "ssh://git@github.com/a", "icon@2x.png", "me@example.com", "@alice"),
    *("127.0.0.1", "10.1.2.3", "version 1.2.3", "at 12:30:45", "::1", "1.2.3.4.5", "std::vector"),
    *("1+1234567", "+123", "a+4930123456", "organization", "org-chart", "123456789012"),
    *("user-1@example.com", "192.0.2.7", "2001:db8::3", "+15550100002", "org-4"),
]


def test_each_kind_has_stand_ins_of_its_own():
    for kind, texts in KINDS.items():
        for text, after in texts.items():
            with case(text):
                assert text_after(text) == after
                assert text_after(text, redaction=Redaction(personal_data=(kind,))) == after
                others = tuple(other for other in KINDS if other != kind)
                assert text_after(text, redaction=Redaction(personal_data=others)) == text


def test_what_only_looks_like_personal_data_stays():
    for text in UNTOUCHED:
        with case(text):
            assert text_after(text) == text


def test_fields_that_are_named_for_a_person_or_an_account_are_replaced_whole():
    body = {"user": "alice-77", "metadata": {"user_id": 481516, "account": "4815"}, "role": "user"}
    request = json.dumps(body).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json_one, form_one = replaced(
        interaction(request=request),
        interaction(request=b"user=alice-77&a=1", request_headers=form),
    )
    assert json.loads(json_one.request.body) == {
        "user": "user-1",
        "metadata": {"user_id": 2, "account": "account-1"},
        "role": "user",
    }
    assert form_one.request.body == b"user=user-1&a=1"


def test_one_value_has_one_stand_in_in_requests_answers_and_headers():
    first = interaction(
        url="https://api.test/v1/users/alice@corp.com?q=bob%40corp.com",
        request=b'{"a":"bob@corp.com"}',
        response=b'{"a":"carol@corp.com, alice@corp.com"}',
        response_headers={"Content-Type": "application/json", "Location": "/u/bob@corp.com"},
    )
    second = interaction(response=b'{"error":"no alice@corp.com"}')
    one, two = replaced(first, second)
    assert one.request.url == (
        "https://api.test/v1/users/user-1@example.com?q=user-2%40example.com"
    )
    assert one.request.body == b'{"a":"user-2@example.com"}'
    assert one.response.body == b'{"a":"user-3@example.com, user-1@example.com"}'
    assert one.response.headers["Location"] == "/u/user-2@example.com"
    assert two.response.body == b'{"error":"no user-1@example.com"}'


def test_split_over_the_deltas_of_a_stream_it_is_one_value():
    def delta(text):
        return {"choices": [{"index": 0, "delta": {"content": text}}]}

    for pieces in (("Ask ali", "ce@corp", ".com now"), ("Ask alice@corp.c", "o", ".uk now")):
        body = sse(*map(delta, pieces))
        recorded = interaction(
            response=body, response_headers=SSE, chunks=chunked(body, 40), content_length=-1
        )
        (result,) = replaced(recorded)
        events = sse_data(result.response.body)
        texts = [event["choices"][0]["delta"]["content"] for event in events]
        assert "".join(texts) == "Ask user-1@example.com now"
        assert sum(chunk.size for chunk in result.response.chunks) == len(result.response.body)


def test_a_pattern_of_the_project_s_own():
    redaction = Redaction(personal_data=(("customer", "C-[0-9]{6}"), "email"))
    assert text_after("C-481516, C-234299, C-481516", redaction=redaction) == (
        "customer-1, customer-2, customer-1"
    )


def test_a_second_time_changes_nothing():
    for recorded in (
        asked("alice@corp.com 81.2.69.142 +14155552671", user="alice", account=481516),
        asked("org-AbCdEfGhIjKlMnOpQrStUvWx bob@corp.com"),
    ):
        once = replaced(recorded)
        assert replaced(*once) == once
        assert list(personal_findings(once[0], ALL)) == []


def test_off_by_default():
    recorded = asked("alice@corp.com", user="alice")
    assert replaced(recorded, redaction=Redaction())[0] is recorded
    assert list(personal_findings(recorded, Redaction())) == []


def compared(text, **more):
    return comparable_request(asked(text, **more).request, ALL).body


def test_for_matching_all_values_of_a_kind_are_equal():
    recorded = compared("user-3@example.com: +15550100001", user="user-2", account="account-1")
    assert compared("bob@corp.com: +14155552671", user="bob", account="4815") == recorded
    assert compared("user-1@example.com: +15550100007", user="", account="x") != recorded
    assert compared("bob at corp.com: +14155552671", user="bob", account="4815") != recorded


def test_what_is_left_is_named_by_kind_and_place_never_by_value():
    headers = Headers({"Content-Type": "application/json", "Location": "/u/bob@corp.com"})
    recorded = interaction(
        request=b'{\n"user": "alice",\n"a": "81.2.69.142"}', response_headers=headers
    )
    assert [str(one) for one in personal_findings(recorded, ALL)] == [
        "interaction 0, request.body, line 2 (byte 11): a user's name or id",
        "interaction 0, request.body, line 3 (byte 25): an IP address",
        "interaction 0, response.headers.location: an e-mail address",
    ]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (
            ["mail"],
            "personal_data: 'mail' is not a kind of personal data. There are: all, email, ip,"
            " phone, account, user; or give a pair of a name and a regular expression, such as"
            ' ["customer", "C-[0-9]{6}"]',
        ),
        (
            [("email", "x")],
            "personal_data: 'email' can't name a kind of its own: use lower-case letters, digits, -"
            " and _, and none of all, email, ip, phone, account, user",
        ),
        (
            [("customer", "C*")],
            "personal_data: 'C*' matches the empty text, and so every place; let it match one"
            " character or more",
        ),
        (
            [("customer",)],
            "personal_data: ('customer',) must be a pair of a name and a regular expression",
        ),
    ],
)
def test_a_wrong_setting_says_what_there_is(items, message):
    with pytest.raises(SettingsError) as caught:
        Redaction(personal_data=items)
    assert str(caught.value) == message


def test_stand_ins_that_are_taken_are_given_to_nobody_else():
    written = asked("user-1@example.com, user-3%40example.com, 192.0.2.1 and org-2", user_id=1)
    taken = taken_stand_ins([written], ALL)
    new = asked("a@corp.com, b@corp.com, 81.2.69.142 a@corp.com", user_id=123456)
    result = replace_personal_data(new, StandIns(ALL, taken=taken))
    assert json.loads(result.request.body) == {
        "text": "user-2@example.com, user-4@example.com, 192.0.2.2 user-2@example.com",
        "user_id": 2,
    }
