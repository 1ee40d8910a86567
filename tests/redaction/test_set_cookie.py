"""Cookies of answers: they don't age, and those that are credentials lose their values only."""

import pytest

from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, Secrets, redact_response, seal, secrets_of

NOW = "Tue, 01 Dec 2026 12:00:00 GMT"


def recorded(*cookies, **settings):
    headers = Headers([("Date", NOW), ("Set-Cookie", cookies)])
    response = redact_response(Response(code=200, headers=headers), Redaction(**settings))
    return list(response.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    ("attributes", "kept"),
    [
        ("; Path=/; HttpOnly", "; Path=/; HttpOnly"),
        ("; Max-Age=3600; Path=/", "; Path=/"),
        ("; expires=Wed, 02 Dec 2026 12:00:00 GMT; Path=/", "; Path=/"),
        ("; Expires=Wed, 02-Dec-2026 12:00:00 GMT", ""),
        ("; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("; Max-Age=0", "; Max-Age=0"),
        ("; Max-Age=-1; Secure", "; Max-Age=-1; Secure"),
        ("; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("; Expires=soon", "; Expires=soon"),
    ],
)
def test_an_end_in_the_future_is_removed_and_a_deletion_stays(attributes, kept):
    assert recorded(f"theme=dark{attributes}") == [f"theme=dark{kept}"]


@pytest.mark.parametrize(
    "name",
    [
        "sid",
        "connect.sid",
        "PHPSESSID",
        "JSESSIONID",
        "ASP.NET_SessionId",
        "session",
        "csrftoken",
        "XSRF-TOKEN",
        "_csrf",
        "auth",
        "access_token",
        "__Secure-next-auth.session-token",
        "jwt",
        "remember_user",
    ],
)
def test_the_value_of_a_credential_is_replaced_and_its_name_stays(name):
    assert recorded(f"{name}=tok-1; Path=/") == [f"{name}=[REDACTED]; Path=/"]


def test_a_value_that_looks_random_is_a_credential_whatever_its_name():
    assert recorded("a=9f8e7d6c5b4a3f2e1d", "b=7d9f7a0e-6f2c-4c3a-9a51-0b2f6f1c9e7d") == [
        "a=[REDACTED]",
        "b=[REDACTED]",
    ]


@pytest.mark.parametrize(
    "cookie",
    ["theme=dark", "lang=en-GB", "seen=2026-12-01T12:00", "author=jane-doe", "session=1", "sid=on"],
)
def test_other_values_are_data(cookie):
    assert recorded(cookie) == [cookie]


def test_settings_decide_about_cookies_too():
    assert recorded("csrftoken=tok-1", keep_fields=["csrftoken"]) == ["csrftoken=tok-1"]
    assert recorded("tenant=acme-corp", fields=["tenant"]) == ["tenant=[REDACTED]"]


@pytest.mark.parametrize("globs", [["*"], ["Set-Cookie"], ["set-*"]])
def test_keep_headers_changes_nothing_about_them(globs):
    assert recorded("sid=tok-1", "theme=dark", keep_headers=globs) == [
        "sid=[REDACTED]",
        "theme=dark",
    ]


def test_a_second_time_changes_nothing():
    headers = Headers([("Set-Cookie", ["sid=tok-1; Max-Age=5", "a=b; Max-Age=0"])])
    once = redact_response(Response(code=200, headers=headers), Redaction())
    assert redact_response(once, Redaction()) is once


def test_the_value_is_replaced_wherever_the_cassette_has_it():
    request = Request(method="POST", url="https://a.test/x?t=tok%2F1", body=b'{"t":"tok/1"}')
    answer = Response(code=200, headers=Headers({"Set-Cookie": "xsrf=tok%2F1"}), body=b"<i>tok/1")
    before = Interaction(0, request, answer)
    after = Interaction(0, request, redact_response(answer, Redaction()))
    secrets = secrets_of([(before, after)], Secrets(), Redaction())
    sealed = seal(after, secrets).interaction
    assert sealed.request.url == "https://a.test/x?t=[REDACTED]"
    assert sealed.request.body == b'{"t":"[REDACTED]"}'
    assert sealed.response.body == b"<i>[REDACTED]"


def test_a_sent_cookie_that_is_data_is_not_searched_for():
    request = Request(
        method="GET",
        url="https://a.test",
        headers=Headers({"Cookie": "seen=2026-12-01T12:00; sid=tok-1"}),
    )
    one = Interaction(0, request, Response(code=200))
    assert set(secrets_of([(one, one)], Secrets(), Redaction()).values) == {"tok-1"}
