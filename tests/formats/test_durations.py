"""Go durations, exact to the nanosecond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.formats.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("0s", 0.0),
        ("-0", 0.0),
        ("1ns", 1e-9),
        ("980.667µs", 980.667e-6),
        ("980.667μs", 980.667e-6),
        ("980.667us", 980.667e-6),
        ("721.622792ms", 0.721622792),
        ("1.5s", 1.5),
        ("+1.5s", 1.5),
        ("-1s", -1.0),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("1m18.00699275s", 78.00699275),
        ("1h2m3s", 3723.0),
        ("1.5h", 5400.0),
        ("2562047h47m16.854775807s", 9223372036.854775807),
        ("0.9ns", 0.0),
    ],
)
def test_seconds_of_a_duration(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "s", "1", "-", "+", "-s", ".", ".s", "1.5", "1 s", " 1s", "1s ", "1S", "1d", "1e3s",
     "--1s", "1s1", "٣s", "1,5s", "NaN", "2562047h47m16.854775808s", "9" * 1000 + "s"],
)  # fmt: skip
def test_no_duration(text):
    with pytest.raises(ValueError, match=r"is not a duration; use for example 1.5s or 980.667µs$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (1e-9, "1ns"),
        (999e-9, "999ns"),
        (1e-6, "1µs"),
        (980.667e-6, "980.667µs"),
        (0.721622792, "721.622792ms"),
        (1.5, "1.5s"),
        (60, "1m0s"),
        (78.00699275, "1m18.00699275s"),
        (3600, "1h0m0s"),
        (3723.25, "1h2m3.25s"),
        (-1.5, "-1.5s"),
        (-0.25, "-250ms"),
        (1e-10, "0s"),
    ],
)
def test_seconds_as_go_writes_them(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e10, -1e10])
def test_no_number_of_seconds(seconds):
    with pytest.raises(ValueError, match=r"is not a duration that Go can represent$"):
        format_duration(seconds)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_every_nanosecond_survives(nanoseconds):
    seconds = nanoseconds / 10**9
    text = format_duration(seconds)

    assert parse_duration(text) == seconds
    assert format_duration(parse_duration(text)) == text
