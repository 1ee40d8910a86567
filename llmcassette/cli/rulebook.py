"""What ``[tool.llmcassette]`` says about comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.matching import Rules
    from llmcassette.recorder.settings import Settings

__all__ = ["compared_by"]


def compared_by(settings: Settings) -> Rules:
    """``ignore``, ``ignore_query`` and ``normalize_url``: what does not count in tests either."""
    from llmcassette.matching import Rules

    return Rules(
        ignore=settings.ignore,
        ignore_query=settings.ignore_query,
        normalize_url=settings.normalize_url,
    )
