"""Pairs of requests, and whether they are the same request, with the reason each.

A pair is (reason, one, other). Bodies in the JSON tables are sent as application/json.
"""

from __future__ import annotations

import gzip
import zlib

from llmcassette.model import Request
from tests.matching.requests import CHAT, FORM, JSON, get, post

Pair = tuple[str, Request, Request]

NINES = "9" * 5000
LONG_ZEROS = "1" + "0" * 400

EQUAL_JSON: list[tuple[str, str | bytes, str | bytes]] = [
    ("objects are unordered", '{"a":1,"b":2}', '{"b":2,"a":1}'),
    ("objects are unordered at depth", '[{"a":{"c":1,"b":2}}]', '[{"a":{"b":2,"c":1}}]'),
    ("spaces mean nothing", '{"a":[1,2]}', ' {\t"a" : [ 1 , 2 ]\n} '),
    ("line ends outside strings mean nothing", '{\n"a":1}', '{\r\n"a":1}'),
    ("whitespace around the body means nothing", '{"a":1}', '\n\n  {"a":1}\n'),
    ("a byte order mark means nothing", '{"a":1}', b'\xef\xbb\xbf{"a":1}'),
    ("UTF-16 is read as it says", '{"a":"é"}', '{"a":"é"}'.encode("utf-16")),
    ("UTF-32 is read as it says", '{"a":"é"}', '{"a":"é"}'.encode("utf-32-le")),
    ("an escaped letter is the letter", r'["\u00e9"]', '["é"]'),
    ("hex digits of escapes have no case", r'["\u00E9"]', r'["\u00e9"]'),
    ("Go escapes angle brackets", r'["\u003cb\u003e"]', '["<b>"]'),
    ("Go escapes ampersands", r'["a \u0026 b"]', '["a & b"]'),
    ("JavaScript escapes U+2028", r'["\u2028"]', '["\u2028"]'),
    ("a solidus may be escaped", r'["a\/b"]', '["a/b"]'),
    ("a surrogate pair is one character", r'["\ud83d\ude00"]', '["😀"]'),
    ("keys are texts like any other", r'{"\u0061":1}', '{"a":1}'),
    ("short escapes are characters", r'["\n\t\b\f\""]', r'["\u000a\u0009\u0008\u000c\u0022"]'),
    ("DEL needs no escape", r'["\u007f"]', '["\x7f"]'),
    ("a lone surrogate equals itself", r'["\ud800"]', r'["\uD800"]'),
    ("a lone low surrogate equals itself", r'["\udc00x"]', r'["\uDC00x"]'),
    ("a lone surrogate as a key", r'{"\ud800":1,"a":2}', r'{"a":2,"\ud800":1}'),
    ("CRLF is LF in a string", r'["a\r\nb"]', r'["a\nb"]'),
    ("CRLF is LF however it is escaped", r'["a\u000d\u000Ab"]', r'["a\nb"]'),
    ("CRLF is LF at depth", r'{"m":[{"t":"x\r\n\r\ny"}]}', r'{"m":[{"t":"x\n\ny"}]}'),
    ("a text written twice in Windows text mode", r'["a\r\r\nb"]', r'["a\nb"]'),
    ("raw line ends in strings are taken", '["a\nb"]', r'["a\nb"]'),
    ("raw CRLF in strings is taken", '["a\r\nb"]', r'["a\nb"]'),
    ("raw control characters are taken", '["a\x01b"]', r'["a\u0001b"]'),
    ("1 is 1.0", "[1]", "[1.0]"),
    ("1 is 1e0", "[1]", "[1e0]"),
    ("1 is 1E+0", "[1]", "[1E+0]"),
    ("1 is 10e-1", "[1]", "[10e-1]"),
    ("0 is -0", "[0]", "[-0]"),
    ("0 is -0.0", "[0]", "[-0.0]"),
    ("0 is 0e99999", "[0]", "[0e99999]"),
    ("0.7 is 0.70", "[0.7]", "[0.70]"),
    ("0.7 is 7e-1", "[0.7]", "[7e-1]"),
    ("an integral double equals its integer", "[100]", "[1e2]"),
    ("so a large one", "[10000000000000000]", "[1e16]"),
    ("so beyond 64 bits", "[100000000000000000000]", "[1e20]"),
    ("so the greatest", f"[{int(1.7976931348623157e308)}]", "[1.7976931348623157e308]"),
    ("doubles are the nearest", "[0.1]", "[0.1000000000000000055511151231257827]"),
    ("a double at 2^53", "[9007199254740992]", "[9007199254740993.0]"),
    ("what underflows is 0", "[0]", "[1e-400]"),
    ("beyond the greatest double is infinity", "[1e400]", "[Infinity]"),
    ("beyond the least double is -infinity", "[-1.5e400]", "[-Infinity]"),
    ("an exponent of a thousand digits is infinity", f"[1e{'9' * 1000}]", "[1e400]"),
    ("a 5,000-digit integer equals itself", f'{{"a":{NINES},"b":1}}', f'{{"b":1,"a":{NINES}}}'),
    ("2^64+1 exactly", '{"a":18446744073709551617,"b":1}', '{"b":1,"a":18446744073709551617}'),
    ("NaN is taken", '{"a":NaN,"b":1}', '{"b":1,"a":NaN}'),
    ("Infinity is taken", "[Infinity]", "[ Infinity ]"),
    ("-Infinity is taken", "[-Infinity]", "[ -Infinity ]"),
    ("the last duplicate key wins", '{"a":1,"a":2}', '{"a":2}'),
    ("the last duplicate key wins, whatever its spelling", r'{"a":1,"\u0061":2}', '{"a":2}'),
    ("the last duplicate key wins at depth", '[{"a":{"b":1},"a":[]}]', '[{"a":[]}]'),
    ("500 deep", "[" * 500 + "]" * 500, "[ " * 500 + "]" * 500),
    ("500 deep, with CRLF", "[" * 500 + r'"\r\n"' + "]" * 500, "[" * 500 + r'"\n"' + "]" * 500),
    ("100,000 deep equals itself", "[" * 100_000 + "]" * 100_000, "[" * 100_000 + "]" * 100_000),
    ("a scalar, where the Content-Type says JSON", '"a"', r' "\u0061" '),
    ("a body that only looks like JSON equals itself", '{"a":', '{"a":'),
]

UNEQUAL_JSON: list[tuple[str, str | bytes, str | bytes]] = [
    ("arrays are ordered", "[1,2]", "[2,1]"),
    ("a changed word", '{"a":"Paris"}', '{"a":"Rome"}'),
    ("letters have case", '{"a":"paris"}', '{"a":"Paris"}'),
    ("keys have case", '{"A":1}', '{"a":1}'),
    ("a space in a string", '["a b"]', '["a  b"]'),
    ("a space at a string's end", '["a"]', '["a "]'),
    ("a space in a key", '{"a":1}', '{"a ":1}'),
    ("composed and decomposed letters", '["\u00e9"]', '["e\u0301"]'),
    ("no-break space is not space", '["a\u00a0b"]', '["a b"]'),
    ("an escaped backslash before n is no line end", r'["\\n"]', r'["\n"]'),
    ("an escaped backslash before r and n is no CRLF", r'["\\r\\n"]', r'["\\n"]'),
    ("a lone CR is not LF", r'["a\rb"]', r'["a\nb"]'),
    ("CRLF is not LF in a key", r'{"a\r\nb":1}', r'{"a\nb":1}'),
    ("LF CR is not LF", r'["a\n\rb"]', r'["a\nb"]'),
    ("one line end is not two", r'["a\n\nb"]', r'["a\nb"]'),
    ("different lone surrogates", r'["\ud800"]', r'["\ud801"]'),
    ("surrogates in the wrong order are no pair", r'["\ude00\ud83d"]', r'["\ud83d\ude00"]'),
    ("a lone surrogate is not the replacement character", r'["\ud800"]', r'["\ufffd"]'),
    ("true is not 1", "[true]", "[1]"),
    ("false is not 0", "[false]", "[0]"),
    ("true is not 1.0", "[true]", "[1.0]"),
    ("true is not a text", "[true]", '["true"]'),
    ("null is not absent", '{"a":null}', "{}"),
    ("null is not false", "[null]", "[false]"),
    ("null is not a text", "[null]", '["null"]'),
    ("null is not an empty text", "[null]", '[""]'),
    ("false is not absent", '{"stream":false}', "{}"),
    ("an empty object is not an empty array", "{}", "[]"),
    ("an empty array is not an array of null", "[]", "[null]"),
    ("an empty text is not absent", '{"a":""}', "{}"),
    ("a number is not a text", "[1]", '["1"]'),
    ("1 is not 2", "[1]", "[2]"),
    ("1 is not -1", "[1]", "[-1]"),
    ("1 is not 1.5", "[1]", "[1.5]"),
    ("0.7 is not 0.8", "[0.7]", "[0.8]"),
    ("neighbouring doubles", "[0.1]", "[0.10000000000000002]"),
    ("integers that one double holds", "[9007199254740992]", "[9007199254740993]"),
    ("2^64 is not 2^64+1", "[18446744073709551616]", "[18446744073709551617]"),
    ("-2^63 is not -2^63-1", "[-9223372036854775808]", "[-9223372036854775809]"),
    ("2^64+1 is not its double", "[18446744073709551617]", "[1.8446744073709551617e19]"),
    ("5,000 digits, the last different", f"[{NINES}]", f"[{NINES[:-1]}8]"),
    ("5,000 digits, one more", f"[{NINES}]", f"[{NINES}9]"),
    ("5,000 digits, their sign", f"[{NINES}]", f"[-{NINES}]"),
    ("an overflow and its text", "[1e400]", '["1e400"]'),
    ("an integer is exact beyond doubles", f"[{LONG_ZEROS}]", "[1e400]"),
    ("an integer of 309 digits beyond doubles", f"[2{'0' * 308}]", "[2e308]"),
    ("a negative overflow is not the positive", "[1e400]", "[-1e400]"),
    ("NaN is not null", "[NaN]", "[null]"),
    ("NaN is not a text", "[NaN]", '["NaN"]'),
    ("Infinity is not -Infinity", "[Infinity]", "[-Infinity]"),
    ("the first duplicate key does not win", '{"a":1,"a":2}', '{"a":1}'),
    ("an element more", "[1]", "[1,1]"),
    ("a member more", '{"a":1}', '{"a":1,"b":1}'),
    ("values exchanged between keys", '{"a":1,"b":2}', '{"a":2,"b":1}'),
    ("flat is not nested", "[1,2]", "[[1],2]"),
    ("a text that looks like JSON is a text", '{"a":"{}"}', '{"a":{}}'),
    ("JSON in a string compares as text", r'{"a":"{\"b\":1}"}', r'{"a":"{\"b\": 1}"}'),
    ("499 deep is not 500", "[" * 499 + "]" * 499, "[" * 500 + "]" * 500),
    ("the innermost of 500", "[" * 500 + "1" + "]" * 500, "[" * 500 + "2" + "]" * 500),
    (
        "100,000 deep compares as bytes",
        "[" * 100_000 + "]" * 100_000,
        "[ " * 100_000 + "]" * 100_000,
    ),
    ("a body that only looks like JSON compares as bytes", '{"a":1', '{"a": 1'),
    ("two JSON texts are not one", '{"a":1}{"a":1}', '{"a":1}'),
    ("a trailing comma is no JSON", '{"a":1,}', '{"a":1}'),
    ("a leading zero is no JSON", "[01]", "[1]"),
    ("single quotes are no JSON", "['a']", '["a"]'),
    ("bytes that are no UTF-8 are no JSON", b'["\xff"]', b'["\xfe"]'),
]

EQUAL_URLS = [
    ("the scheme has no case", "HTTPS://a.com/x", "https://a.com/x"),
    ("the host has no case", "https://API.OpenAI.com/x", "https://api.openai.com/x"),
    ("443 is https's port", "https://a.com:443/x", "https://a.com/x"),
    ("80 is http's port", "http://a.com:80/x", "http://a.com/x"),
    ("an empty port is the default", "https://a.com:/x", "https://a.com/x"),
    ("the default port of an IPv6 host", "https://[::1]:443/x", "https://[::1]/x"),
    ("IPv6 digits have no case", "http://[FE80::A]/x", "http://[fe80::a]/x"),
    ("no path is /", "https://a.com", "https://a.com/"),
    ("no path before a query is /", "https://a.com?x=1", "https://a.com/?x=1"),
    ("escaped letters are letters", "https://a.com/%61b", "https://a.com/ab"),
    ("escaped unreserved marks are the marks", "https://a.com/%7Ea%2Db", "https://a.com/~a-b"),
    ("hex digits of escapes have no case", "https://a.com/a%2fb", "https://a.com/a%2Fb"),
    ("a raw letter is its escape", "https://a.com/é", "https://a.com/%C3%A9"),
    ("a raw space is its escape", "https://a.com/a b", "https://a.com/a%20b"),
    ("the query's names are unordered", "https://a.com/?a=1&b=2", "https://a.com/?b=2&a=1"),
    ("a plus in a query is a space", "https://a.com/?q=a+b", "https://a.com/?q=a%20b"),
    ("escapes in a query", "https://a.com/?q=%61&%62=1", "https://a.com/?q=a&b=1"),
    ("reserved marks in a query value", "https://a.com/?q=a/b:c", "https://a.com/?q=a%2Fb%3Ac"),
    ("an equals sign in a value", "https://a.com/?q=a=b", "https://a.com/?q=a%3Db"),
    ("a name without a value", "https://a.com/?%61&b=1", "https://a.com/?b=1&a"),
    ("empty pieces of a query", "https://a.com/?&a=1&&b=2&", "https://a.com/?a=1&b=2"),
    ("a fragment is not sent", "https://a.com/x#top", "https://a.com/x"),
    ("user and password travel as a header", "https://u:p@a.com/x", "https://a.com/x"),
    ("repeated names among others", "https://a.com/?a=1&b=0&a=2", "https://a.com/?b=0&a=1&a=2"),
]

UNEQUAL_URLS = [
    ("http is not https", "http://a.com/x", "https://a.com/x"),
    ("another host", "https://a.com/x", "https://b.com/x"),
    ("another port", "https://a.com:8443/x", "https://a.com/x"),
    ("http's port in https", "https://a.com:80/x", "https://a.com/x"),
    ("a path has case", "https://a.com/X", "https://a.com/x"),
    ("a slash at the end", "https://a.com/x/", "https://a.com/x"),
    ("two slashes", "https://a.com//x", "https://a.com/x"),
    ("dot segments are sent as they are", "https://a.com/a/../x", "https://a.com/x"),
    ("an escaped slash is no slash", "https://a.com/a%2Fb", "https://a.com/a/b"),
    ("an escaped colon is no colon (RFC 3986, 2.2)", "https://a.com/m%3Ago", "https://a.com/m:go"),
    ("a plus in a path is a plus", "https://a.com/a+b", "https://a.com/a%20b"),
    ("another model in the path", "https://a.com/models/a:gen", "https://a.com/models/b:gen"),
    ("another version", "https://a.com/v1beta/x", "https://a.com/v1/x"),
    ("the order of one name's values", "https://a.com/?a=1&a=2", "https://a.com/?a=2&a=1"),
    ("a value repeated", "https://a.com/?a=1", "https://a.com/?a=1&a=1"),
    ("a query value", "https://a.com/?a=1", "https://a.com/?a=2"),
    ("a query name's case", "https://a.com/?A=1", "https://a.com/?a=1"),
    ("an escaped plus is no space", "https://a.com/?q=a%2Bb", "https://a.com/?q=a+b"),
    ("an escaped ampersand parts nothing", "https://a.com/?a=1%26b=2", "https://a.com/?a=1&b=2"),
    ("a query more", "https://a.com/?a=1", "https://a.com/"),
    ("no value is not the empty value", "https://a.com/?a", "https://a.com/?a="),
    ("an empty query is not none", "https://a.com/?", "https://a.com/"),
    ("an empty query is not an empty name", "https://a.com/?", "https://a.com/?="),
    ("bytes that are no UTF-8", "https://a.com/?a=%ff", "https://a.com/?a=%fe"),
    ("a bare percent sign is not its escape", "https://a.com/%zz", "https://a.com/%25zz"),
]


def get_with(**headers: str) -> Request:
    return post(b"", None, method="GET", **headers)


def form(body: str) -> Request:
    return post(body, FORM)


def multipart(boundary: str, *parts: str, quoted: bool = False) -> Request:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    name = f'"{boundary}"' if quoted else boundary
    return post(body, f"multipart/form-data; boundary={name}")


MODEL_PART = 'Content-Disposition: form-data; name="model"\r\n\r\nwhisper-1'
FILE_PART = (
    'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n'
    "Content-Type: audio/wav\r\n\r\nRIFF"
)
JSON_BODY = b'{"a": 1, "b": [2, 3]}'
BARE = zlib.compressobj(wbits=-15)
BARE_DEFLATE = BARE.compress(JSON_BODY) + BARE.flush()

EQUAL: list[Pair] = [
    *((why, post(one), post(other)) for why, one, other in EQUAL_JSON),
    *((why, get(one), get(other)) for why, one, other in EQUAL_URLS),
    ("a method has no case", post("{}", method="post"), post("{}", method="POST")),
    ("Go leaves GET empty", post(method="", content_type=None), get(CHAT)),
    ("JSON without a Content-Type", post('{"a":1}', None), post('{ "a":1}', JSON)),
    (
        "a method override",
        get_with(x_http_method_override="GET"),
        get_with(X_HTTP_METHOD_OVERRIDE="GET"),
    ),
    ("JSON of another name", post("[1]", "application/vnd.api+json"), post("[1.0]", JSON)),
    ("a JSON scalar of another name", post("1", "application/vnd.api+json"), post("1.0", JSON)),
    ("a charset", post("[1]", "application/json; charset=utf-8"), post("[ 1]", JSON)),
    ("a media type's case", post('"a"', "Application/JSON"), post(' "a"', JSON)),
    ("JSON that curl calls a form", post('{"a":1}', FORM), post('{"a": 1}', JSON)),
    ("headers are not compared", post("{}", x_api_key="a"), post("{}", x_api_key="b")),
    ("form pairs are unordered by name", form("a=1&b=2"), form("b=2&a=1")),
    ("form escapes", form("a=%C3%A9+x"), form("a=%c3%a9%20x")),
    ("a form without a Content-Type", form("a=1&b=2"), post("b=2&a=1", None)),
    ("a form's charset", form("a=1"), post("a=1", FORM + "; charset=utf-8")),
    ("an empty form value", form("a="), form("a")),
    ("multipart boundaries are random", multipart("x1", MODEL_PART), multipart("y2", MODEL_PART)),
    ("a quoted boundary", multipart("x 1", FILE_PART, quoted=True), multipart("y", FILE_PART)),
    (
        "part headers have no case",
        multipart("x", FILE_PART.replace("Content-", "content-")),
        multipart("x", FILE_PART),
    ),
    (
        "multipart without a Content-Type",
        multipart("x", MODEL_PART, FILE_PART),
        post(multipart("y", MODEL_PART, FILE_PART).body, None),
    ),
    ("a part without headers", multipart("x", "\r\nhello"), multipart("y", "\r\nhello")),
    ("gzip", post(gzip.compress(JSON_BODY), content_encoding="gzip"), post(JSON_BODY)),
    ("gzip's old name", post(gzip.compress(JSON_BODY), content_encoding="X-GZIP"), post(JSON_BODY)),
    ("deflate", post(zlib.compress(JSON_BODY), content_encoding="deflate"), post(JSON_BODY)),
    ("deflate without its header", post(BARE_DEFLATE, content_encoding="deflate"), post(JSON_BODY)),
    (
        "two codings",
        post(gzip.compress(zlib.compress(JSON_BODY)), content_encoding="deflate, gzip"),
        post(JSON_BODY),
    ),
    ("identity is no coding", post(JSON_BODY, content_encoding="identity"), post(JSON_BODY)),
    ("gzip in name only", post(JSON_BODY, content_encoding="gzip"), post(JSON_BODY)),
    ("empty bodies", post(b"", JSON), post(b"", None)),
    ("other bytes are the bytes", post(b"\0\xff", "audio/wav"), post(b"\0\xff", "video/mp4")),
]

UNEQUAL: list[Pair] = [
    *((why, post(one), post(other)) for why, one, other in UNEQUAL_JSON),
    *((why, get(one), get(other)) for why, one, other in UNEQUAL_URLS),
    ("another method", post("{}", method="PUT"), post("{}")),
    ("a body where there was none", post("{}"), post(b"")),
    ("a scalar is JSON only by name", post("1.0", "text/plain"), post("1", "text/plain")),
    ("form values of one name are ordered", form("a=1&a=2"), form("a=2&a=1")),
    ("a form value", form("a=1"), form("a=2")),
    ("a form is not the JSON of its pairs", form("a=1"), post('{"a":["1"]}')),
    (
        "parts are ordered",
        multipart("x", MODEL_PART, FILE_PART),
        multipart("x", FILE_PART, MODEL_PART),
    ),
    ("a part's content", multipart("x", MODEL_PART), multipart("x", MODEL_PART + "x")),
    (
        "a part's file name",
        multipart("x", FILE_PART),
        multipart("x", FILE_PART.replace("a.w", "b.w")),
    ),
    ("a part more", multipart("x", FILE_PART), multipart("x", FILE_PART, FILE_PART)),
    ("line ends in a part", multipart("x", "\r\na\r\nb"), multipart("x", "\r\na\nb")),
    (
        "a multipart body that does not end compares as bytes",
        post("--x\r\n\r\na", "multipart/mixed; boundary=x"),
        post("--y\r\n\r\na", "multipart/mixed; boundary=y"),
    ),
    (
        "text after a boundary compares as bytes",
        post("--xz\r\n\r\na\r\n--x--", "multipart/mixed; boundary=x"),
        post("--yz\r\n\r\na\r\n--y--", "multipart/mixed; boundary=y"),
    ),
    (
        "a part without an end of its headers compares as bytes",
        post("--x\r\na: b\r\n--x--", "multipart/mixed; boundary=x"),
        post("--y\r\na: b\r\n--y--", "multipart/mixed; boundary=y"),
    ),
    (
        "text before the first boundary compares as bytes",
        post("hi\r\n--x\r\n\r\na\r\n--x--", "multipart/mixed; boundary=x"),
        post("hi\r\n--y\r\n\r\na\r\n--y--", "multipart/mixed; boundary=y"),
    ),
    (
        "multipart without a boundary",
        post("--x--", "multipart/mixed"),
        post("--y--", "multipart/mixed"),
    ),
    ("JSON called text", post('{"a":1}', "text/plain"), post('{ "a":1}', "text/plain")),
    ("JSON once called text", post('{"a":1}'), post('{"a":1}', "text/plain")),
    ("another range", get_with(range="bytes=0-9"), get_with(range="bytes=10-19")),
    ("a range where there was none", get(CHAT), get_with(range="bytes=10-19")),
    ("a method override", get(CHAT), get_with(x_http_method_override="DELETE")),
    ("other bytes", post(b"\0\xff", "audio/wav"), post(b"\0\xfe", "audio/wav")),
    ("line ends of other texts", post("a\r\nb", "text/plain"), post("a\nb", "text/plain")),
    ("NDJSON compares as bytes", post('{"a":1}\n{"b":2}', None), post('{"a":1}\n{"b": 2}', None)),
    ("another text compressed", post(gzip.compress(b"[1]"), content_encoding="gzip"), post(b"[2]")),
    (
        "an unknown coding compares as bytes",
        post(b"a", "text/plain", content_encoding="rot13"),
        post(b"b", "text/plain", content_encoding="rot13"),
    ),
]
