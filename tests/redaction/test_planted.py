"""The gate removes a known secret in every place and encoding."""

import base64
import gzip
import json
import re
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from llmcassette.model import Headers, Request
from llmcassette.redaction import (
    Redaction,
    collect_secrets,
    redact_interaction,
    scan,
    seal,
)
from tests.redaction.texts import (
    JSON,
    KEY,
    NO_SECRETS,
    PROVIDER_KEYS,
    SECRETS,
    SSE,
    everything,
    interaction,
)

ODD = 'pa"ss\\wo/rd é€😀+&=% 1'
"""A value that each encoding changes."""

ODD_SECRETS = collect_secrets({"ODD_PASSWORD": ODD}, None, Redaction())
HEX_ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
PERCENT_ALL = "".join(f"%{ord(letter):02x}" for letter in KEY)
BASIC = base64.b64encode(f"me:{KEY}".encode()).decode()


def request(**fields):
    original = interaction()
    return type(original)(0, replace(original.request, **fields), original.response)


def response(**fields):
    original = interaction()
    return type(original)(0, original.request, replace(original.response, **fields))


def base64_of(text, lead=""):
    return base64.b64encode((lead + text + " tail").encode()).decode()


PLACES = {
    "request header": request(headers=Headers({"Accept": f"a, {KEY}"})),
    "request header, one value of several": request(headers=Headers({"Accept": ["a", KEY]})),
    "user agent": request(headers=Headers({"User-Agent": f"app/{KEY}/1"})),
    "request trailer": request(trailer=Headers({"Accept": KEY})),
    "response header": response(headers=Headers({"x-request-id": KEY})),
    "Location": response(headers=Headers({"Location": f"/v1?x={KEY}"})),
    "response trailer": response(trailer=Headers({"Content-Type": KEY})),
    "status line": response(status=f"401 Bad {KEY}"),
    "query": request(url=f"https://a.test/?x={KEY}&y=1"),
    "query, percent-encoded": request(url=f"https://a.test/?x={PERCENT_ALL}&y=1"),
    "URL path": request(url=f"https://a.test/bot{KEY}/send"),
    "userinfo": request(url=f"https://me:{KEY}@a.test/"),
    "host in URL": request(url=f"https://{KEY}.a.test/"),
    "host": request(host=f"{KEY}.a.test"),
    "request URI": request(request_uri=f"/bot{KEY}/send"),
    "form map": request(form=Headers({"q": [f"find {KEY}"]})),
    "JSON": interaction(request=json.dumps({"a": [KEY]}).encode()),
    "JSON name": interaction(request=json.dumps({KEY: 1}).encode()),
    "JSON within a text": interaction(request=json.dumps({"a": f"key is\n{KEY}, \t?"}).encode()),
    "JSON, every letter escaped": interaction(request=b'{"a":"' + HEX_ESCAPED.encode() + b'"}'),
    "JSON in JSON": interaction(request=json.dumps({"a": json.dumps({"b": KEY})}).encode()),
    "JSON in JSON, escaped": interaction(
        request=json.dumps({"a": json.dumps({"b": "X"}).replace("X", HEX_ESCAPED)}).encode()
    ),
    "form": interaction(
        request=f"q=1&x={quote(KEY)}&y=2".encode(),
        request_headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "form, percent-encoded": interaction(
        request=f"q=1&x={PERCENT_ALL}&y=2".encode(),
        request_headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "multipart": interaction(
        request=f"--b\r\nContent-Type: text/plain\r\n\r\n{KEY}\r\n--b--\r\n".encode(),
        request_headers={"Content-Type": "multipart/form-data; boundary=b"},
    ),
    "JSON in multipart": interaction(
        request=f'--b\r\nContent-Type: a/json\r\n\r\n{{"a":"{KEY}"}}\r\n--b--\r\n'.encode(),
        request_headers={"Content-Type": "multipart/mixed; boundary=b"},
    ),
    "plain text": interaction(request=KEY.encode(), request_headers={"Content-Type": "text/plain"}),
    "text in Latin 1": interaction(
        response=b"caf\xe9 " + KEY.encode(), response_headers={"Content-Type": "text/plain"}
    ),
    "error text": interaction(response=f'{{"error":"Incorrect key: {KEY}."}}'.encode()),
    "HTML error": interaction(response=f"<h1>{KEY}</h1>".encode(), response_headers={}),
    "HTML that says it is JSON": interaction(response=f"<h1>{KEY}</h1>".encode()),
    "JSON that was cut": interaction(response=f'{{"a":"{KEY}'.encode()),
    "JSON that is broken": interaction(response=f'{{"a": {KEY}, "b": 1}}'.encode()),
    "SSE": interaction(response=f'data: {{"a":"{KEY}"}}\n\n'.encode(), response_headers=SSE),
    "SSE comment": interaction(response=f": {KEY}\n\n".encode(), response_headers=SSE),
    "SSE event name": interaction(
        response=f"event: {KEY}\ndata: {{}}\n\n".encode(), response_headers=SSE
    ),
    "SSE text": interaction(response=f"data: {KEY}\n\n".encode(), response_headers=SSE),
    "NDJSON": interaction(response=f'{{"a":1}}\n{{"a":"{KEY}"}}\n'.encode(), response_headers={}),
    "Base64": interaction(request=json.dumps({"a": base64_of(KEY)}).encode()),
    "Base64 after one byte": interaction(request=json.dumps({"a": base64_of(KEY, "x")}).encode()),
    "Base64 after two bytes": interaction(request=json.dumps({"a": base64_of(KEY, "xy")}).encode()),
    "Base64 in a URL": request(url=f"https://a.test/?x={quote(base64_of(KEY, 'xyz'))}"),
    "Base64 with a prefix": interaction(
        request=json.dumps({"a": "data:text/plain;base64,/" + base64_of(KEY)}).encode()
    ),
    "basic credentials in a body": interaction(
        request=json.dumps({"a": f"Basic {BASIC}"}).encode()
    ),
}

BY_FORM = {
    "userinfo": "a password in a URL",
    "basic credentials in a body": "basic credentials",
}
"""Places that show by themselves that a secret is in them."""


def spellings(value):
    """What ``value`` looks like wherever it is planted here."""
    data = value.encode()
    cores = (
        base64.b64encode(bytes(lead) + data)[(0, 2, 3)[lead] : (lead + len(data)) * 8 // 6]
        for lead in range(3)
    )
    return [value, HEX_ESCAPED, PERCENT_ALL, quote(value), *(core.decode() for core in cores)]


def shown_of(interaction):
    return re.sub(r"\\\\+", r"\\", everything(interaction))


@pytest.mark.parametrize("place", PLACES)
def test_no_spelling_of_it_is_left(place):
    planted = PLACES[place]
    assert any(spelling in shown_of(planted) for spelling in spellings(KEY))

    sealed, findings = seal(planted, SECRETS)

    shown = shown_of(sealed)
    assert not any(spelling in shown for spelling in spellings(KEY))
    assert "REDACTED" in shown
    assert {finding.kind for finding in findings} - {BY_FORM.get(place)} == {
        "the value of VAULT_API_KEY"
    }
    assert all(finding.redactable for finding in findings)
    assert KEY not in repr(findings) + "".join(map(str, findings))
    assert scan(sealed, SECRETS) == ()


@pytest.mark.parametrize("place", PLACES)
def test_only_the_secret_is_replaced(place):
    planted = PLACES[place]
    unknown = {finding.kind for finding in scan(planted, NO_SECRETS)}
    assert unknown == {kind for name, kind in BY_FORM.items() if name == place}
    sealed = seal(planted, SECRETS).interaction
    for before, after in (
        (planted.request.body, sealed.request.body),
        (planted.response.body, sealed.response.body),
    ):
        head, mark, tail = after.partition(b"[REDACTED]")
        assert before.startswith(head[:-1] if mark and head.endswith(b'"') else head)
        assert before.endswith(tail[1:] if tail.startswith(b'"') else tail)


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("depth", [1, 2])
def test_a_value_that_needs_escapes_is_found_in_json(ensure_ascii, depth):
    text = f"it is {ODD}."
    for _ in range(depth):
        text = json.dumps({"a": text}, ensure_ascii=ensure_ascii)
    sealed, findings = seal(interaction(request=text.encode()), ODD_SECRETS)
    body = sealed.request.body.decode()
    for _ in range(depth):
        body = json.loads(body)["a"]
    assert body == "it is [REDACTED]."
    assert len(findings) == 1


@pytest.mark.parametrize(
    "spelled",
    [quote(ODD), quote(ODD, safe=""), quote_plus(ODD), quote(quote(ODD, safe=""), safe="")],
)
def test_a_value_that_needs_escapes_is_found_in_a_url(spelled):
    sealed = seal(request(url=f"https://a.test/?x={spelled}&y=1"), ODD_SECRETS).interaction
    assert sealed.request.url == "https://a.test/?x=[REDACTED]&y=1"


@pytest.mark.parametrize("kind", PROVIDER_KEYS)
@pytest.mark.parametrize(
    "around", ["{}", "key={}", "Use {}.", "a\n{}\nb", "/v1/{}/x", "<{}>", "Bearer {}", "x:{},y"]
)
def test_a_provider_s_key_is_found_without_being_known(kind, around):
    text = around.format(PROVIDER_KEYS[kind])
    sealed, findings = seal(interaction(request=json.dumps({"a": text}).encode()), NO_SECRETS)
    assert json.loads(sealed.request.body) == {"a": around.format("[REDACTED]")}
    assert [finding.kind for finding in findings] == [kind.removesuffix(" (project)")]


@pytest.mark.parametrize("kind", PROVIDER_KEYS)
def test_a_provider_s_key_is_found_in_base64(kind):
    body = json.dumps({"a": base64_of(PROVIDER_KEYS[kind], "key: ")}).encode()
    sealed = seal(interaction(request=body), NO_SECRETS).interaction
    assert b"[REDACTED]" in json.dumps(json.loads(sealed.request.body)).encode()
    assert scan(sealed, NO_SECRETS) == ()


LINES = "MIIEpAIBA\nqQ/+x==\n"
KEY_BLOCKS = {
    "PKCS 1": f"-----BEGIN RSA PRIVATE KEY-----\n{LINES}-----END RSA PRIVATE KEY-----",
    "CRLF": f"-----BEGIN PRIVATE KEY-----\r\n{LINES}-----END PRIVATE KEY-----",
    "encrypted": "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
    f"DEK-Info: AES-128-CBC,0A\n\n{LINES}-----END EC PRIVATE KEY-----",
    "PGP": "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2 (me)\n\n"
    f"{LINES}=aB1c\n-----END PGP PRIVATE KEY BLOCK-----",
    "line ends escaped": f"-----BEGIN PRIVATE KEY-----\\n{LINES}-----END PRIVATE KEY-----".replace(
        "\n", "\\n"
    ),
    "on one line": f"-----BEGIN PRIVATE KEY----- {'MIIE' * 16} -----END PRIVATE KEY-----",
}


@pytest.mark.parametrize("block", KEY_BLOCKS.values(), ids=KEY_BLOCKS)
def test_a_private_key_is_redacted_to_its_end(block):
    body = json.dumps({"a": f"My key: {block}. Keep it", "b": 1}).encode()
    sealed = seal(interaction(request=body), NO_SECRETS)
    kept = {"a": "My key: [REDACTED]. Keep it", "b": 1}
    assert json.loads(sealed.interaction.request.body) == kept


@pytest.mark.parametrize(
    "text",
    [
        "If the text holds -----BEGIN PRIVATE KEY----- then refuse. Else answer kindly",
        "-----BEGIN PRIVATE KEY-----\nthen refuse it, and answer\n-----END PRIVATE KEY-----",
        "between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----",
    ],
)
def test_prose_about_private_keys_is_none(text):
    assert scan(interaction(request=json.dumps({"a": text}).encode()), NO_SECRETS) == ()


def test_a_sentence_in_a_secret_field_is_no_secret_elsewhere():
    sentence = "The butler did it in the library"
    body = json.dumps({"state": {"secret": sentence, "password": "hunter2-hunter2"}}).encode()
    found = collect_secrets({}, interaction(request=body).request, Redaction())
    assert list(found.values) == ["hunter2-hunter2"]
    assert found.skipped == ()


@pytest.mark.parametrize(
    "text",
    [
        "sk-loading-indicator-for-the-whole-page",
        "task-management-and-risk-assessment-in-20-steps",
        "Incorrect API key provided: sk-proj-****************cdef",
        "sk-...",
        "chatcmpl-BvA1B2C3D4E5F6G7H8I9J0K1L2M3N",
        "call_a1B2c3D4e5F6g7H8i9J0k1L2",
        "toolu_01A09q90qw90lq917835lq9",
        "eyJhbGciOiJIUzI1NiJ9",
        "AKIAEXAMPLE",
        "xAKIAA1B2A1B2A1B2A1B2",
    ],
)
def test_ids_and_words_are_no_keys(text):
    assert scan(interaction(request=json.dumps({"a": text}).encode()), NO_SECRETS) == ()


def test_plain_values_in_the_environment_do_not_eat_prompts():
    environ = {"OPENAI_API_KEY": "ollama", "MAX_TOKEN": "4096"}
    secrets = collect_secrets(environ, None, Redaction())
    prompt = (
        b'{"model":"ollama/llama3","max_tokens":4096,"messages":[{"content":"What is ollama?"}]}'
    )
    assert seal(interaction(request=prompt), secrets) == (interaction(request=prompt), ())
    assert secrets.skipped == ("OPENAI_API_KEY", "MAX_TOKEN")


def test_the_request_s_own_credentials_are_found_in_the_answer():
    sent = Request(
        method="POST",
        url="https://a.test/?key=qRy7-kE2-0815",
        headers=Headers(JSON | {"Authorization": "Bearer hD3r-kE9-4711"}),
    )
    echo = interaction(response=b'{"h":"Bearer hD3r-kE9-4711","q":"/?key=qRy7-kE2-0815"}')
    recorded = type(echo)(0, sent, echo.response)
    secrets = collect_secrets({}, sent, Redaction())
    sealed, findings = seal(redact_interaction(recorded, Redaction()), secrets)
    assert sealed.response.body == b'{"h":"Bearer [REDACTED]","q":"/?key=[REDACTED]"}'
    assert [finding.kind for finding in findings] == [
        "the value of the request's header authorization",
        "the value of the request's URL (parameter key)",
    ]


@pytest.mark.parametrize("lead", [0, 1, 2, 3])
def test_a_short_secret_in_a_short_run_of_base64(lead):
    secrets = collect_secrets({"VAULT_API_KEY": "Zq7-vault-83"}, None, Redaction())
    encoded = base64.b64encode(b"a" * lead + b"Zq7-vault-83" + b"z")
    assert len(encoded) < 32
    sealed = seal(interaction(request=b'{"a":"' + encoded + b'"}'), secrets)
    assert [finding.kind for finding in sealed.findings] == ["the value of VAULT_API_KEY"]
    assert b"[REDACTED]" in sealed.interaction.request.body


def test_a_secret_that_ends_in_a_backslash_leaves_the_json_around_it_valid():
    secrets = collect_secrets({"VAULT_API_KEY": "Zq7-vault-83\\"}, None, Redaction())
    body = json.dumps({"a": 'Zq7-vault-83"x'}).encode()
    sealed = seal(interaction(request=body), secrets).interaction
    assert json.loads(sealed.request.body) == {"a": "[REDACTED]x"}


@pytest.mark.parametrize("escape", ["%0A", "%C3%A9", "\\n", "\\u00e9"])
def test_a_provider_key_right_after_an_escape(escape):
    key = PROVIDER_KEYS["an Anthropic key"]
    sealed = seal(
        interaction(request=f"text={escape}{key}".encode(), request_headers={}), NO_SECRETS
    )
    assert sealed.interaction.request.body == f"text={escape}[REDACTED]".encode()


def test_the_project_s_own_patterns_find_secrets_too():
    redaction = Redaction(secret_patterns=("acme-[0-9]{6}", "door code (?P<secret>[0-9]{4})"))
    secrets = collect_secrets({}, None, redaction) | NO_SECRETS
    body = json.dumps({"a": "acme-123456 opens it, with door code 0815"}).encode()
    sealed, findings = seal(interaction(request=body), secrets)
    assert json.loads(sealed.request.body) == {
        "a": "[REDACTED] opens it, with door code [REDACTED]"
    }
    assert [finding.kind for finding in findings] == [
        "what secret_patterns 'acme-[0-9]{6}' matches",
        "what secret_patterns 'door code (?P<secret>[0-9]{4})' matches",
    ]


def test_a_secret_that_is_there_twice_in_different_encodings():
    text = f"My key is {KEY}, keep it safe".encode()
    spelled = [
        base64.b64encode(text).decode(),
        base64.b64encode(gzip.compress(text, mtime=0)).decode(),
        text.hex(),
    ]
    sealed, _ = seal(interaction(request=json.dumps(spelled).encode()), SECRETS)
    assert all("[REDACTED]" in each for each in json.loads(sealed.request.body))
    assert scan(sealed, SECRETS) == ()


@pytest.mark.parametrize("charset", ["utf-16", "utf-32le", "ibm037"])
def test_a_body_in_utf_8_that_says_it_is_in_another_encoding(charset):
    planted = interaction(
        request=f"q={KEY}&".encode() * 4,
        request_headers={"Content-Type": f"text/plain; charset={charset}"},
    )
    assert KEY.encode() not in seal(planted, SECRETS).interaction.request.body


def test_a_body_in_utf_16_with_a_second_text_that_starts_at_an_odd_byte():
    odd = f"a {KEY}, ".encode("utf-16-le") + b"x" + KEY.encode("utf-16-le")
    planted = interaction(
        request=odd, request_headers={"Content-Type": "text/plain; charset=utf-16-le"}
    )
    sealed, findings = seal(planted, SECRETS)
    assert sealed.request.body.replace(b"\0", b"") == b"a [REDACTED], x[REDACTED]"
    assert len(findings) == 2
    assert scan(sealed, SECRETS) == ()
