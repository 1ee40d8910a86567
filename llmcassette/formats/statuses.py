"""Which codes an answer may have."""

from __future__ import annotations

from typing import Final

__all__ = ["check_status"]

LOWEST: Final = 100
HIGHEST: Final = 999
"""RFC 9110, 15: three digits. Servers send codes above 599, and clients read them."""


def check_status(code: int, ended: str) -> None:
    """Raise a ValueError for a code that no answer can have.

    Args:
        code: HTTP status; 0 where no answer came, which ``ended`` then explains.
        ended: see ``Response.ended``.
    """
    if LOWEST <= code <= HIGHEST or (code == 0 and ended):
        return
    if code == 0:
        raise ValueError("code 0 means that no answer came; it needs `ended`, such as `connect`")
    raise ValueError(f"expected a status from {LOWEST} to {HIGHEST}, found {code}")
