"""The gate and bodies that are wrapped, binary, deeply nested or broken; its findings."""

import base64
import gzip
import json

import pytest

from llmcassette.model import Chunk, Interaction
from llmcassette.redaction import Finding, Redaction, collect_secrets, redact_response, scan, seal
from llmcassette.streams import encode_message, eventstream_messages
from tests.redaction.texts import KEY, NO_SECRETS, PROVIDER_KEYS, SECRETS, chunked, interaction

EVENTSTREAM = {"Content-Type": "application/vnd.amazon.eventstream"}
HEADERS = {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}


def frames(*payloads):
    return b"".join(encode_message(HEADERS, payload) for payload in payloads)


def invoked(event):
    encoded = base64.b64encode(json.dumps(event).encode()).decode()
    return json.dumps({"bytes": encoded, "p": "abc"}).encode()


def payloads(body):
    return [message.payload for message in eventstream_messages(body)]


def test_nothing_found_is_the_same_object():
    clean = interaction(request=b'{"a":1}', response=b"data: x\n\n")
    assert seal(clean, SECRETS).interaction is clean


def test_bedrock_frames_are_encoded_anew_with_their_checksums():
    body = frames(b'{"a":"x"}', json.dumps({"a": KEY}).encode(), b"")
    recorded = interaction(response=body, response_headers=EVENTSTREAM, chunks=chunked(body, 50))
    sealed, (finding,) = seal(recorded, SECRETS)
    assert payloads(sealed.response.body) == [b'{"a":"x"}', b'{"a": "[REDACTED]"}', b""]
    assert sealed.response.body.startswith(frames(b'{"a":"x"}'))
    assert sum(chunk.size for chunk in sealed.response.chunks) == len(sealed.response.body)
    assert finding.redactable


def test_a_secret_cut_by_frames_is_found_in_the_base64_they_hold():
    events = [{"delta": {"text": KEY[:7]}}, {"delta": {"text": KEY[7:]}}]
    body = frames(*map(invoked, events))
    sealed = seal(interaction(response=body, response_headers=EVENTSTREAM), SECRETS).interaction
    assert payloads(sealed.response.body) == [
        invoked({"delta": {"text": "[REDACTED]"}}),
        invoked({"delta": {"text": ""}}),
    ]


def test_frames_are_redacted_by_name_too():
    body = frames(b'{\n"password": "x"}', b'{"bytes": "####"}', b'{"bytes": "abc"}')
    response = interaction(response=body, response_headers=EVENTSTREAM).response
    redacted = redact_response(response, Redaction())
    assert payloads(redacted.body) == [
        b'{ "password": "[REDACTED]"}',
        b'{"bytes": "####"}',
        b'{"bytes": "abc"}',
    ]
    assert redact_response(redacted, Redaction()) == redacted


def test_broken_frames_with_a_secret_are_refused():
    body = frames(json.dumps({"a": KEY}).encode())[:-1]
    sealed, (finding,) = seal(interaction(response=body, response_headers=EVENTSTREAM), SECRETS)
    assert sealed.response.body == body
    assert not finding.redactable


def test_a_compressed_body_is_compressed_anew():
    body = gzip.compress(json.dumps({"a": KEY}).encode())
    sealed, (finding,) = seal(interaction(request=body), SECRETS)
    assert gzip.decompress(sealed.request.body) == b'{"a": "[REDACTED]"}'
    assert finding.redactable
    assert seal(interaction(request=body), SECRETS).interaction == sealed


def test_a_secret_in_the_second_of_two_members_is_found():
    body = gzip.compress(b'{"a": "') + gzip.compress(f'{KEY}"}}'.encode())
    sealed, (finding,) = seal(interaction(request=body), SECRETS)
    assert gzip.decompress(sealed.request.body) == b'{"a": "[REDACTED]"}'
    assert finding.redactable


@pytest.mark.parametrize("broken", [b"\x1f\x8b\x08", b"\x1f\x8b\x08\0\0\0\0\0\0\xff!!!"])
def test_a_compressed_body_that_cannot_be_read_is_looked_at_as_it_is(broken):
    (finding,) = scan(interaction(request=broken + KEY.encode()), SECRETS)
    assert not finding.redactable


def test_a_secret_in_binary_data_is_refused_and_the_place_told():
    body = b"\x89PNG\xff\n\x00" + KEY.encode()
    found = interaction(response=body, response_headers={"Content-Type": "image/png"})
    sealed, findings = seal(found, SECRETS)
    assert sealed.response.body == body
    assert [str(finding) for finding in findings] == [
        "interaction 0, response.body, line 2 (byte 7): the value of VAULT_API_KEY;"
        " it cannot be replaced without breaking the body"
    ]


def test_a_secret_in_a_binary_part_is_refused_and_in_a_text_part_replaced():
    text = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n%s\r\n' % KEY.encode()
    binary = text.replace(b"\r\n\r\n", b"\r\n\r\n\xff\xfe")
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    sealed, findings = seal(
        interaction(request=text + binary + b"--b--\r\n", request_headers=multipart), SECRETS
    )
    assert [finding.redactable for finding in findings] == [True, False]
    assert sealed.request.body == text.replace(KEY.encode(), b"[REDACTED]") + binary + b"--b--\r\n"


def test_a_value_that_would_take_json_s_own_signs_with_it_is_refused():
    secrets = collect_secrets({"ODD_TOKEN": 'one","two":"3'}, None, Redaction())
    sealed, (finding,) = seal(interaction(request=b'{"a":"one","two":"3"}'), secrets)
    assert sealed.request.body == b'{"a":"one","two":"3"}'
    assert not finding.redactable


def test_a_number_that_holds_a_secret_becomes_a_string():
    secrets = collect_secrets({"PIN": "123456"}, None, Redaction(secret_env=("PIN",)))
    sealed = seal(interaction(request=b'{"a":[9123456.5,2]}'), secrets).interaction
    assert sealed.request.body == b'{"a":["[REDACTED]",2]}'


def test_an_escape_is_replaced_whole_or_not_at_all():
    secrets = collect_secrets({"N_TOKEN": "nQw7eRt2yU-83"}, None, Redaction())
    sealed = seal(interaction(request=b'{"a":"x\\nQw7eRt2yU-83"}'), secrets).interaction
    assert json.loads(sealed.request.body) == {"a": "x[REDACTED]"}
    secrets = collect_secrets({"U_TOKEN": "Qw7eRt2yU-83u00"}, None, Redaction())
    sealed = seal(interaction(request=b'{"a":"Qw7eRt2yU-83u00e9 \\u00e9"}'), secrets).interaction
    assert json.loads(sealed.request.body) == {"a": "[REDACTED]e9 é"}
    secrets = collect_secrets({"B_TOKEN": "Qw7eRt2yU-83\\"}, None, Redaction())
    sealed = seal(interaction(request=b'{"a":"Qw7eRt2yU-83\\\\n"}'), secrets).interaction
    assert json.loads(sealed.request.body) == {"a": "[REDACTED]n"}


def test_secrets_that_overlap_are_replaced_once():
    secrets = collect_secrets(
        {"A_TOKEN": "Qw7eRt-2yUi83", "B_TOKEN": "2yUi83-oPa5sD"}, None, Redaction()
    )
    sealed, findings = seal(interaction(request=b'{"a":"Qw7eRt-2yUi83-oPa5sD!"}'), secrets)
    assert sealed.request.body == b'{"a":"[REDACTED]!"}'
    assert [finding.kind for finding in findings] == [
        "the value of A_TOKEN",
        "the value of B_TOKEN",
    ]


def test_a_value_inside_another_is_one_finding():
    key = PROVIDER_KEYS["an Anthropic key"]
    secrets = collect_secrets({"ANTHROPIC_API_KEY": key}, None, Redaction())
    (finding,) = scan(interaction(request=json.dumps({"a": key}).encode()), secrets)
    assert finding == Finding(0, "request.body", "the value of ANTHROPIC_API_KEY", 7, 1)


def test_findings_name_header_and_interaction():
    original = interaction(response_headers={"x-request-id": KEY})
    third = Interaction(3, original.request, original.response)
    assert [str(finding) for finding in scan(third, SECRETS)] == [
        "interaction 3, response.headers.x-request-id: the value of VAULT_API_KEY"
    ]


def test_content_length_follows_the_body():
    original = interaction(response=KEY.encode(), response_headers={}, content_length=len(KEY))
    assert seal(original, SECRETS).interaction.response.content_length == len("[REDACTED]")


@pytest.mark.parametrize("depth", [10_000])
def test_deep_json_is_searched_without_a_stack(depth):
    body = b'{"a":[' * depth + json.dumps(KEY).encode() + b"]}" * depth
    sealed = seal(interaction(response=body, chunks=(Chunk(len(body), 0.0),)), SECRETS).interaction
    assert sealed.response.body == body.replace(KEY.encode(), b"[REDACTED]")


def test_a_broken_base64_is_no_trouble():
    for length in range(32, 40):
        text = json.dumps({"a": "A1b2" * 10})[: length + 7] + '"}'
        assert scan(interaction(request=text.encode()), NO_SECRETS) == ()
