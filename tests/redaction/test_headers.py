"""Headers that are not on the allow-list are dropped."""

import pytest

from llmcassette.model import Headers, Request, Response
from llmcassette.redaction import Redaction, redact_request, redact_response

RESPONSE_KEPT = {
    "Content-Type": "application/json",
    "Retry-After": "2",
    "retry-after-ms": "20",
    "x-should-retry": "false",
    "X-Request-Id": "req_1",
    "request-id": "req_2",
    "apim-request-id": "3",
    "x-ratelimit-remaining-tokens": "99",
    "anthropic-ratelimit-tokens-limit": "100",
    "Location": "/v1/files/7",
    "Link": '<https://api.test/v1?page=2>; rel="next"',
    "x-goog-upload-status": "active",
}


def request_headers(headers, **settings):
    request = Request(method="GET", url="https://api.test", headers=Headers(headers))
    return redact_request(request, Redaction(**settings)).headers


def response_headers(headers, **settings):
    return redact_response(
        Response(code=200, headers=Headers(headers)), Redaction(**settings)
    ).headers


def test_of_a_request_accept_content_type_and_user_agent_are_kept():
    kept = {"accept": "*/*", "CONTENT-TYPE": "text/plain", "User-Agent": "openai/3"}
    dropped = {"Authorization": "Bearer x", "X-Stainless-Lang": "python", "Host": "api.test"}
    assert request_headers(kept | dropped).fields == Headers(kept).fields


def test_of_a_response_what_clients_read_is_kept():
    dropped = {"Set-Cookie": "a=b", "openai-organization": "acme", "cf-ray": "1", "Date": "now"}
    assert response_headers(RESPONSE_KEPT | dropped).fields == Headers(RESPONSE_KEPT).fields


def test_keep_headers_widens_by_glob():
    headers = {"openai-organization": "acme", "OpenAI-Version": "1", "cf-ray": "2"}
    assert dict(response_headers(headers, keep_headers=["openai-*"])) == {
        "openai-organization": "acme",
        "openai-version": "1",
    }


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
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


def test_trailers_obey_the_same_list():
    response = Response(code=200, trailer=Headers({"X-Request-Id": "1", "X-Token": "2"}))
    assert dict(redact_response(response, Redaction()).trailer) == {"x-request-id": "1"}
