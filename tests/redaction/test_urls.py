"""Credentials in URLs are redacted; everything else in them stays the same."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from llmcassette.model import Headers, Request
from llmcassette.redaction import Redaction, redact_request, scrub_url

SIGNED = (
    "https://b.s3.test/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F2026&"
    "X-Amz-Date=20261120T000000Z&X-Amz-Signature=0abc&versionId=3"
)


@pytest.mark.parametrize(
    ("url", "scrubbed"),
    [
        ("https://a.test/v1?key=AIza1&alt=sse", "https://a.test/v1?key=[REDACTED]&alt=sse"),
        (
            "https://a.test/?API_KEY=1&apiKey=2",
            "https://a.test/?API_KEY=[REDACTED]&apiKey=[REDACTED]",
        ),
        ("https://a.test/?sv=1&sig=a%2Fb%3D", "https://a.test/?sv=1&sig=[REDACTED]"),
        ("https://a.test/#access_token=abc&x=1", "https://a.test/#access_token=[REDACTED]&x=1"),
        ("https://a.test/?a=1;token=b;c=2", "https://a.test/?a=1;token=[REDACTED];c=2"),
        ("https://a.test/?token=b;c", "https://a.test/?token=[REDACTED]"),
        ("https://user:pass@a.test/x", "https://%5BREDACTED%5D@a.test/x"),
        ("https://user:p@ss@a.test/x", "https://%5BREDACTED%5D@a.test/x"),
        ("https://token@a.test:8080", "https://%5BREDACTED%5D@a.test:8080"),
        ("/v1?ke%79=abc", "/v1?ke%79=[REDACTED]"),
        ("https://a.test/v1?page_token=abc&max_tokens=5", None),
        ("https://a.test/v1?key=&monkey=1", None),
        ("https://a.test/user@key=1", None),
        ("not a url", None),
        (
            SIGNED,
            "https://b.s3.test/k?X-Amz-Algorithm=[REDACTED]&X-Amz-Credential=[REDACTED]&"
            "X-Amz-Date=[REDACTED]&X-Amz-Signature=[REDACTED]&versionId=3",
        ),
    ],
)
def test_scrub_url(url, scrubbed):
    once = scrub_url(url)
    assert once == (scrubbed or url)
    assert scrub_url(once) == once


def test_a_scrubbed_url_is_read_by_every_parser_and_says_redacted():
    url = scrub_url("https://user:pass@a.test/v1?key=abc")
    assert urlsplit(url).hostname == "a.test"
    assert parse_qsl(urlsplit(url).query) == [("key", "[REDACTED]")]
    assert httpx.URL(url).params["key"] == "[REDACTED]"


def test_a_request_is_scrubbed_in_url_request_uri_host_and_form():
    request = Request(
        method="GET",
        url="https://me:pw@a.test/v1?key=abc&q=1",
        request_uri="/v1?key=abc&q=1",
        host="me:pw@a.test",
        form=Headers({"key": ["abc"], "q": ["1"], "sig": [""]}),
    )
    redacted = redact_request(request, Redaction())
    assert redacted == Request(
        method="GET",
        url="https://%5BREDACTED%5D@a.test/v1?key=[REDACTED]&q=1",
        request_uri="/v1?key=[REDACTED]&q=1",
        host="%5BREDACTED%5D@a.test",
        form=Headers({"key": ["[REDACTED]"], "q": ["1"], "sig": [""]}),
    )


def test_fields_adds_parameters_and_keep_fields_spares_them():
    request = Request(method="GET", url="https://a.test/?key=1&door=2", form=Headers({"key": "1"}))
    redacted = redact_request(request, Redaction(fields=["Door"], keep_fields=["key"]))
    assert redacted.url == "https://a.test/?key=1&door=[REDACTED]"
    assert redacted.form == Headers({"key": "1"})
