"""Fields are redacted by name and by JSONPath, in place: all other bytes stay as they were."""

import pytest

from llmcassette.errors import CassetteError
from llmcassette.model import Headers, Request, Response
from llmcassette.redaction import Redaction, redact_request, redact_response

FORM = "application/x-www-form-urlencoded"


def redacted(body, content_type="application/json", **settings):
    request = Request(
        method="POST",
        url="https://a.test",
        headers=Headers({"Content-Type": content_type}),
        body=body,
    )
    once = redact_request(request, Redaction(**settings))
    assert redact_request(once, Redaction(**settings)) == once
    return once.body


def test_a_value_is_replaced_and_the_rest_stays_to_the_byte():
    body = (
        b'\n {"b" : 1.50e+1,"api_key":\t"s3cret\\"\\u0041", "a":"\\u003cp\\u003e", "n":'
        b'123456789012345678901234567890,"\xc3\xa9":[ ] }\r\n'
    )
    assert redacted(body) == (
        b'\n {"b" : 1.50e+1,"api_key":\t"[REDACTED]", "a":"\\u003cp\\u003e", "n":'
        b'123456789012345678901234567890,"\xc3\xa9":[ ] }\r\n'
    )


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apikey",
        "apiKey",
        "API-KEY",
        "access_token",
        "refreshToken",
        "id_token",
        "client_secret",
        "password",
        "secret",
        "Authorization",
        "private_key",
        "x-goog-api-key",
        "new_password",
        "AccessKeySecret",
        "oauth_token_secret",
        "SecretString",
    ],
)
def test_default_names(name):
    assert redacted(b'{"%s":"v"}' % name.encode()) == b'{"%s":"[REDACTED]"}' % name.encode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"max_tokens":100,"prompt_tokens":12,"completion_tokens":3,"token":"Hello"}',
        b'{"usage":{"input_tokens":1,"cache_read_input_tokens":0},"next_page_token":"abc"}',
        b'{"properties":{"password":{"type":"string"}},"required":["password"]}',
        b'{"secret":null,"password":false,"api_key":"","private_key":[]}',
        b'{"content":"the api_key: \\"x\\" of {\\"password\\": 1}"}',
    ],
)
def test_what_is_no_secret_stays(body):
    assert redacted(body) == body


def test_numbers_and_arrays_of_a_secret_name_are_redacted():
    assert redacted(b'{"password":1234,"secret":["a",{"b":"c"}]}') == (
        b'{"password":"[REDACTED]","secret":["[REDACTED]",{"b":"c"}]}'
    )


def test_nested_repeated_and_escaped_names_are_found():
    body = b'[{"a":{"api\\u005fkey":"1"}},{"api_key":"2","api_key":"3"}]'
    assert redacted(body) == (
        b'[{"a":{"api\\u005fkey":"[REDACTED]"}},{"api_key":"[REDACTED]","api_key":"[REDACTED]"}]'
    )


def test_json_that_was_cut_is_redacted_and_stays_cut():
    assert redacted(b'{"a":1,"password":"hun') == b'{"a":1,"password":"[REDACTED]'
    assert redacted(b'{"a":1,"password":"') == b'{"a":1,"password":"'


def test_json_that_is_broken_is_redacted_as_far_as_it_can_be_read():
    assert redacted(b']} : "x" {"password": "y", :, ]') == (
        b']} : "x" {"password": "[REDACTED]", :, ]'
    )


def test_fields_add_names_and_keep_fields_spares_them():
    body = b'{"doorCode":"1","secret":"2"}'
    assert redacted(body, fields=["door_code"], keep_fields=["secret"]) == (
        b'{"doorCode":"[REDACTED]","secret":"2"}'
    )


def test_each_line_of_ndjson():
    body = b'{"a":1}\n\n{"password":"x"}\r\n'
    assert redacted(body, "application/x-ndjson") == b'{"a":1}\n\n{"password":"[REDACTED]"}\r\n'


def test_each_event_of_a_stream_also_over_several_data_lines():
    body = (
        b'\xef\xbb\xbfdata: {"password":"x"}\r\n\r\n: ping\r\nevent: a\r\ndata:{"a":1,\r\n'
        b'data: "password":\r\ndata: "y"}\r\n\r\ndata: [DONE]\r\n\r\n'
    )
    assert redacted(body, "text/event-stream") == (
        b'\xef\xbb\xbfdata: {"password":"[REDACTED]"}\r\n\r\n: ping\r\nevent: a\r\ndata:{"a":1,\r\n'
        b'data: "password":\r\ndata: "[REDACTED]"}\r\n\r\ndata: [DONE]\r\n\r\n'
    )


def test_a_form_is_redacted_by_name():
    body = b"grant_type=refresh_token&refresh_token=a%2Fb&Client%5FSecret=x&token=kept&flag&a="
    assert redacted(body, FORM) == (
        b"grant_type=refresh_token&refresh_token=[REDACTED]&Client%5FSecret=[REDACTED]"
        b"&token=kept&flag&a="
    )


def test_a_form_is_known_by_its_shape_too():
    assert redacted(b"user=me&password=x", "") == b"user=me&password=[REDACTED]"


MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="api_key"\r\n\r\ns3cret\r\n'
    b'--b\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n'
    b'{"password": "x"}\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="password"\r\n\r\n\xff\xfe\r\n'
    b"--b--\r\n"
)


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=b", ""])
def test_multipart_fields_and_json_parts(content_type):
    assert redacted(MULTIPART, content_type) == MULTIPART.replace(b"s3cret", b"[REDACTED]").replace(
        b'"x"', b'"[REDACTED]"'
    )


def test_multipart_that_is_none_or_was_cut_is_left_or_redacted_as_far_as_it_goes():
    multipart = "multipart/form-data; boundary=b"
    assert redacted(b"", multipart) == b""
    assert redacted(b"--\r\n\r\nx", multipart) == b"--\r\n\r\nx"
    assert redacted(b"preamble", multipart) == b"preamble"
    assert redacted(b"pre--amble", multipart) == b"pre--amble"
    assert redacted(b"--b\r\nno headers here", multipart) == b"--b\r\nno headers here"
    cut = b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunt'
    assert redacted(cut, multipart) == cut.replace(b"hunt", b"[REDACTED]")
    nameless = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"
    assert redacted(nameless, multipart) == nameless


def test_jsonpaths_replace_whatever_they_select():
    body = b'{"user": {"id": 7, "mail": ["a@b"]}, "n": null, "m": [1, 2.0]}'
    assert redacted(body, jsonpaths=["$.user", "$.user.id", "$.n", "$.m[1]"]) == (
        b'{"user": "[REDACTED]", "n": "[REDACTED]", "m": [1, "[REDACTED]"]}'
    )


def test_jsonpaths_look_into_each_event_and_each_line():
    assert redacted(
        b'data: {"u":1}\n\ndata: {"u":2}\n\n', "text/event-stream", jsonpaths=["$.u"]
    ) == (b'data: {"u":"[REDACTED]"}\n\ndata: {"u":"[REDACTED]"}\n\n')
    assert redacted(b'{"u":1}\n{"u":2}', "application/jsonl", jsonpaths=["$..u"]) == (
        b'{"u":"[REDACTED]"}\n{"u":"[REDACTED]"}'
    )


@pytest.mark.parametrize(
    ("cut", "redacted_cut"),
    [
        (b'{"u":{"id":7,"mail":"a@', b'{"u":"[REDACTED]'),
        (b'{"u":{"id":7,', b'{"u":"[REDACTED]'),
        (b'{"u":{"id":', b'{"u":"[REDACTED]'),
        (b'{"u":{"i', b'{"u":"[REDACTED]'),
        (b'{"u":{"id"', b'{"u":"[REDACTED]"'),
        (b'{"u":[{"id":7}', b'{"u":"[REDACTED]"'),
        (b'{"u":"x\\u00', b'{"u":"[REDACTED]'),
        (b'{"u":"x\\', b'{"u":"[REDACTED]'),
        (b'{"u":12,"v":tru', b'{"u":"[REDACTED]","v":tru'),
        (b'{"u":12,"v":[1,-', b'{"u":"[REDACTED]","v":[1,-'),
        (b'{"u":12,"v":' + b" " * 100, b'{"u":"[REDACTED]","v":' + b" " * 100),
        (b'{"v":1,"', b'{"v":1,"'),
        (b'{"u" 12 13' + b" 14" * 50, b'{"u" 12 13' + b" 14" * 50),
    ],
)
def test_jsonpaths_in_json_that_was_cut(cut, redacted_cut):
    assert redacted(cut, jsonpaths=["$.u"]) == redacted_cut


def test_json_with_a_byte_order_mark_or_in_latin_1():
    body = b'\xef\xbb\xbf{"u":1,"secret":"x"}'
    assert redacted(body, jsonpaths=["$.u"]) == (
        b'\xef\xbb\xbf{"u":"[REDACTED]","secret":"[REDACTED]"}'
    )
    body = b'{"caf\xe9":"\xe9","u":1,"secret":"x"}'
    assert redacted(body, jsonpaths=["$.u", "$.caf\u00e9"]) == (
        b'{"caf\xe9":"[REDACTED]","u":"[REDACTED]","secret":"[REDACTED]"}'
    )


def test_jsonpaths_on_text_and_on_long_numbers():
    assert redacted(b"{no json", jsonpaths=["$.u"]) == b"{no json"
    body = b'{"n":%s,"u":1}' % (b"9" * 5000)
    assert redacted(body, jsonpaths=["$.u"]) == b'{"n":%s,"u":"[REDACTED]"}' % (b"9" * 5000)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_body_too_deep_for_a_jsonpath_is_not_written_as_if_it_had_no_match(depth):
    body = b'{"a":' * depth + b"1" + b"}" * depth
    with pytest.raises(CassetteError) as caught:
        redacted(body, jsonpaths=["$..u"])
    assert str(caught.value) == (
        "a JSON body is nested too deep for the JSONPaths of the redaction ($..u); redact it by"
        " field name or with a function"
    )


def test_names_are_found_at_any_depth():
    body = b"[" * 10_000 + b'{"password":"x"}' + b"]" * 10_000
    assert redacted(body) == body.replace(b'"x"', b'"[REDACTED]"')


def test_xml_elements_with_attributes_prefixes_and_character_data():
    body = (
        b'<s:Body><wsse:Password Type="#Text">x&amp;y</wsse:Password><Password/>'
        b"<SecretAccessKey><![CDATA[a<b]]></SecretAccessKey><Password >z</Password><a>b</a>"
    )
    assert redacted(body, "application/xml") == (
        b'<s:Body><wsse:Password Type="#Text">[REDACTED]</wsse:Password><Password/>'
        b"<SecretAccessKey><![CDATA[[REDACTED]]]></SecretAccessKey>"
        b"<Password >[REDACTED]</Password><a>b</a>"
    )


def test_responses_are_redacted_the_same_way():
    response = Response(code=200, body=b'{"access_token":"x","expires_in":3600}')
    assert redact_response(response, Redaction()).body == (
        b'{"access_token":"[REDACTED]","expires_in":3600}'
    )
