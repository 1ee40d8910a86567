"""Inputs made of seeds: spans are removed, moved, doubled, overwritten, and other pieces put in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["inputs", "seeds"]

SEEDS = Path(__file__).parent / "seeds"
PIECES = [
    *(bytes([byte]) for byte in b"\0\t\n\r \"#%&'*+,-/0:;<=>?@[\\]_`a{|}~\x7f\x80\xc3\xff"),
    b"\r\n", b"\n\n", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b\x08", b"data: ",
    b"- ", b"? ", b"---\n", b"!!binary ", b"&a ", b"*a", b"<<: ", b"|-\n", b"null", b"1e999",
    b"\\u0041", b"\\ud800", b"\\/", b"%41", b"%25", b"&amp;", b"&#65;", b"--b\r\n", b"{}", b"[]",
    b"Zq7-vault-83kd_PQ.xx", b"WnE3LXZhdWx0LTgza2RfUFEueHg=", b"sk-ant-api03-", b"[REDACTED]",
    b'"password":"', b"9" * 30, b"A" * 64, b"[" * 40,
]  # fmt: skip


def seeds(target: str) -> dict[str, bytes]:
    """The seeds of a target by file name."""
    return {path.name: path.read_bytes() for path in sorted((SEEDS / target).iterdir())}


def inputs(target: str) -> SearchStrategy[bytes]:
    return mutated([*seeds(target).values()])


@st.composite
def mutated(draw: DrawFn, known: list[bytes]) -> bytes:
    data = draw(st.sampled_from(known))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 100, 1000])))
        span = data[start:end]
        put = draw(
            st.one_of(
                st.sampled_from(PIECES),
                st.sampled_from([b"", span * 2, span[::-1], span.replace(b" ", b"")]),
                st.binary(max_size=4),
                st.sampled_from([other[start:end] for other in known]),
            )
        )
        data = data[:start] + put + data[end:]
    return data
