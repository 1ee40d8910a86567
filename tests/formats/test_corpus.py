"""Real cassettes: the values are read, and the text is written back to the byte."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from llmcassette.formats import dialect_of, emit, read, write
from tests.corpus import each_real_file
from tests.formats.strategies import plain, values

NOT_BY_VALUE = {
    "perplexity/testdata/TestClient/errors/bad_apiKey/GenStream.yaml": (
        "a CR inside a literal block, which YAML reads as the line's end"
    ),
    "sample_cassettes/tool.yaml": (
        "re-indented by hand: some request bodies are double-quoted that go-yaml single-quotes"
    ),
}


def text_of(path):
    return path.read_bytes().decode()


@each_real_file
def test_values_are_those_another_reading_finds(path):
    text = text_of(path)
    cassette = read(text, path=path)

    expected = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert cassette.version == expected["version"]
    assert len(cassette.interactions) == len(expected["interactions"])
    for position, (ours, theirs) in enumerate(
        zip(cassette.interactions, expected["interactions"], strict=True)
    ):
        assert ours.id == theirs["id"] == position
        for part in ("request", "response"):
            for name, value in theirs[part].items():
                assert value_of(getattr(getattr(ours, part), name)) == meant(name, value, text), (
                    part,
                    name,
                )


def value_of(value):
    if hasattr(value, "fields"):
        return {name: list(values) for name, values in value.fields}
    return list(value) if isinstance(value, tuple) else value


def meant(name, value, text):
    if name == "duration":
        return go_seconds(value)
    if name != "body" or isinstance(value, bytes):
        return value
    if r'"\xff\xd8\xff\xe0' in text and value.startswith("ÿØÿà"):
        return go_bytes(re.search(r'body: "(\\xff\\xd8.*)"', text)[1])
    return value.encode()


def go_seconds(text):
    """Seconds in a Go duration, unit by unit."""
    units = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
    parts = re.findall(r"([\d.]+)(h|ms|m|s|µs|ns)", text)
    return pytest.approx(sum(float(number) * units[unit] for number, unit in parts), rel=1e-12)


def go_bytes(quoted):
    def one(found):
        code = found[1]
        if code[0] == "x":
            return bytes([int(code[1:], 16)])
        if code[0] in "uU":
            return chr(int(code[1:], 16)).encode()
        return {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t",
                "v": b"\v"}.get(code, code.encode())  # fmt: skip

    pieces = re.split(r"(\\(?:x..|u....|U........|.))", quoted)
    return b"".join(
        one(re.fullmatch(r"\\(.+)", piece)) if piece.startswith("\\") else piece.encode()
        for piece in pieces
    )


@each_real_file
def test_an_untouched_file_is_written_to_the_byte(path):
    text = text_of(path)

    assert write(read(text)) == text


@each_real_file
def test_the_detected_dialect_writes_the_same_text_from_values_alone(path):
    text = text_of(path)
    cassette = read(text)

    written = emit(cassette.interactions, dialect_of(cassette))

    excused = any(path.as_posix().endswith(name) for name in NOT_BY_VALUE)
    assert (written != text) == excused
    assert values(read(written).interactions) == values(cassette.interactions)


@each_real_file
def test_old_interactions_keep_their_bytes_when_one_is_added(path):
    text = text_of(path)
    cassette = read(text)
    new = plain('{"model":"gpt"}', "data: [DONE]\n\n")

    written = write(replace(cassette, interactions=(*cassette.interactions, new)))

    assert written.startswith(text.replace("interactions: []", "interactions:"))
    assert values(read(written).interactions) == values((*cassette.interactions, new))


@each_real_file
def test_the_others_keep_their_bytes_but_for_the_id_when_the_first_goes(path):
    text = text_of(path)
    cassette = read(text)
    rest = cassette.interactions[1:]

    written = write(replace(cassette, interactions=rest))

    assert values(read(written).interactions) == values(rest)
    if rest:
        second = text.index(re.search(r"^ *- id: 1$", text, re.MULTILINE)[0])
        old_lines = text[second:].split("\n")
        new_lines = written[text.index("- id: 0") - dialect_of(cassette).item :].split("\n")
        changed = [new for old, new in zip(old_lines, new_lines, strict=True) if old != new]
        assert all(re.fullmatch(r" *- id: \d+", line) for line in changed)
