"""Text in a terminal: measured in columns, and cut to fit."""

from __future__ import annotations

__all__ = ["fit", "fit_end", "text_width"]


def text_width(text: str) -> int:
    """The width of a text in columns of a terminal; CJK characters and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int) -> str:
    """The beginning of a text that fits, with ``…`` where it is cut."""
    if text_width(text) <= width:
        return text
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def fit_end(text: str, width: int) -> str:
    """The end of a text that fits; of a path that keeps the file's name."""
    if text_width(text) <= width:
        return text
    start = len(text)
    while text_width(text[start - 1 :]) < width:
        start -= 1
    return f"…{text[start:]}"
