"""Answers keep the headers that clients act on; requests those that say how a body is read."""

import pytest

from llmcassette.model import Headers, Request, Response
from llmcassette.redaction import Redaction, redact_request, redact_response

KEPT_OF_ANSWERS = {
    "Content-Type": "application/json",
    "Content-Disposition": 'attachment; filename="a.txt"',
    "Content-Length": "0",
    "ETag": '"abc"',
    "Cache-Control": "no-store",
    "Retry-After": "2",
    "x-should-retry": "false",
    "X-Request-Id": "req_1",
    "x-ratelimit-remaining-tokens": "99",
    "x-amzn-bedrock-output-token-count": "7",
    "Location": "/v1/files/7",
    "Link": '<https://api.test/v1?page=2>; rel="next"',
    "Operation-Location": "https://api.test/operations/7",
    "Mcp-Session-Id": "9f1c",
    "X-Repo-Commit": "f00",
    "WWW-Authenticate": 'Digest realm="a", nonce="b", qop="auth"',
    "openai-version": "2020-10-01",
    "x-nobody-knows": "1",
}
DROPPED_OF_ANSWERS = [
    "Date",
    "Server",
    "Via",
    "Alt-Svc",
    "NEL",
    "Report-To",
    "cf-ray",
    "CF-Cache-Status",
    "strict-transport-security",
    "Access-Control-Allow-Origin",
    "x-envoy-upstream-service-time",
    "traceparent",
    "x-debug-trace-id",
    "openai-organization",
    "anthropic-organization-id",
    "openai-project",
    "x-forwarded-for",
    "x-client-ip",
]


def request_headers(headers, **settings):
    request = Request(method="GET", url="https://api.test", headers=Headers(headers))
    return redact_request(request, Redaction(**settings)).headers


def response_headers(headers, **settings):
    return redact_response(
        Response(code=200, headers=Headers(headers)), Redaction(**settings)
    ).headers


def test_of_a_request_only_what_says_how_to_read_the_body_and_who_asks_is_kept():
    kept = {
        "CONTENT-TYPE": "text/plain",
        "content-encoding": "odd",
        "User-Agent": "openai/3",
        "Mcp-Session-Id": "9f1c",
    }
    dropped = {"Authorization": "Bearer x", "X-Stainless-Lang": "python", "Accept": "*/*"}
    assert request_headers(kept | dropped).fields == Headers(kept).fields


def test_of_an_answer_everything_is_kept_that_is_neither_noise_nor_identity():
    headers = response_headers(KEPT_OF_ANSWERS | dict.fromkeys(DROPPED_OF_ANSWERS, "x"))
    assert headers.fields == Headers(KEPT_OF_ANSWERS).fields


def test_keep_headers_names_what_is_dropped_otherwise():
    headers = {"openai-organization": "acme", "Date": "now", "cf-ray": "2"}
    assert dict(response_headers(headers, keep_headers=["openai-*", "date"])) == {
        "openai-organization": "acme",
        "date": "now",
    }
    assert dict(request_headers({"X-Tenant": "1", "x-other": "2"}, keep_headers=["x-t*"])) == {
        "x-tenant": "1"
    }


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "x-api-key",
        "X-Goog-Api-Key",
        "api-key",
        "X-Amz-Security-Token",
        "x-auth-token",
        "Ocp-Apim-Subscription-Key",
        "X-Client-Secret",
        "X-Hub-Signature",
    ],
)
def test_a_credential_header_is_kept_by_no_glob(name):
    assert len(request_headers({name: "v"}, keep_headers=["*"])) == 0
    assert len(response_headers({name: "v"}, keep_headers=["*"])) == 0
    assert len(response_headers({name: "v"})) == 0


def test_urls_in_headers_are_scrubbed():
    headers = response_headers(
        {
            "Location": "https://user:pw@api.test/v1?key=abc&page=2",
            "Link": '<https://api.test/v1?api_key=abc&page=2>; rel="next", </v1?sig=d>; rel="prev"',
            "x-goog-upload-url": "https://up.test/?upload_id=7&key=abc",
        }
    )
    assert dict(headers) == {
        "location": "https://%5BREDACTED%5D@api.test/v1?key=[REDACTED]&page=2",
        "link": '<https://api.test/v1?api_key=[REDACTED]&page=2>; rel="next",'
        ' </v1?sig=[REDACTED]>; rel="prev"',
        "x-goog-upload-url": "https://up.test/?upload_id=7&key=[REDACTED]",
    }


def test_urls_in_headers_obey_fields_and_keep_fields():
    headers = response_headers(
        {"Location": "/a?key=1&door=2"}, fields=["door"], keep_fields=["key"]
    )
    assert headers["location"] == "/a?key=1&door=[REDACTED]"


def test_trailers_obey_the_same_rules():
    response = Response(code=200, trailer=Headers({"X-Checksum": "1", "X-Token": "2", "Via": "3"}))
    assert dict(redact_response(response, Redaction()).trailer) == {"x-checksum": "1"}


def test_content_length_follows_a_body_that_is_redacted():
    body = b'{"password":"correct horse battery"}'
    response = Response(
        code=200,
        headers=Headers({"Content-Length": str(len(body))}),
        body=body,
        content_length=len(body),
    )
    redacted = redact_response(response, Redaction())
    assert redacted.body == b'{"password":"[REDACTED]"}'
    assert redacted.headers["content-length"] == str(len(redacted.body))
    assert redacted.content_length == len(redacted.body)
