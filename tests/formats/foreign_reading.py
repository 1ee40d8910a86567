"""A second reading of vcrpy and go-vcr 1 files, by PyYAML's constructors: the tests' oracle.

It shares no code with the package.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    pass


def _tuple(loader: Any, node: Any) -> Any:
    return tuple(loader.construct_sequence(node, deep=True))


Loader.add_constructor("tag:yaml.org,2002:python/tuple", _tuple)
Loader.add_constructor(
    "tag:yaml.org,2002:python/unicode", lambda loader, node: loader.construct_scalar(node)
)


class Strings(yaml.SafeLoader):
    """Every plain scalar is a string."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 (as PyYAML declares it)


def vcrpy_values(text: str) -> list[dict[str, Any]]:
    """The values that the importer must find in each interaction."""
    return [
        {
            "method": item["request"]["method"],
            "url": item["request"]["uri"],
            "request_headers": _headers(item["request"]["headers"]),
            "request_body": _body(item["request"]),
            "code": item["response"]["status"]["code"],
            "reason": item["response"]["status"]["message"] or "",
            **_decoded(_headers(item["response"]["headers"]), _body(item["response"])),
        }
        for item in yaml.load(text, Loader)["interactions"]
    ]


def govcr_values(text: str) -> list[dict[str, Any]]:
    """The values that the importer must find in each interaction."""
    values = []
    for item in yaml.load(text, Strings)["interactions"]:
        request, response = item["request"], item["response"]
        values.append(
            {
                "method": request["method"],
                "url": request["url"],
                "request_headers": _headers(request["headers"]),
                "request_body": _bytes(request["body"]),
                "form": dict(request["form"]),
                "code": int(response["code"]),
                "status": response["status"],
                "duration": response["duration"],
                **_decoded(_headers(response["headers"]), _bytes(response["body"])),
            }
        )
    return values


def _decoded(headers: dict[str, list[str]], body: bytes) -> dict[str, Any]:
    if headers.get("content-encoding") == ["gzip"] and body:
        headers = {
            k: v for k, v in headers.items() if k not in ("content-encoding", "content-length")
        }
        body = gzip.decompress(body)
    return {"response_headers": headers, "response_body": body}


def _headers(given: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in given.items() if isinstance(given, dict) else given:
        for value in values if isinstance(values, list) else [values]:
            text = value.decode() if isinstance(value, bytes) else value
            found.setdefault(name.lower(), []).append(text)
    return found


def _body(message: dict[str, Any]) -> bytes:
    if "parsed_body" in message:
        return json.dumps(message["parsed_body"], ensure_ascii=False).encode()
    body = message["body"]
    return _bytes(body["string"] if isinstance(body, dict) else body)


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else value.encode()
