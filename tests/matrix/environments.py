"""Which library is tried in which environment.

``dev`` is ``requirements/dev.txt``, each other ``NAME`` is ``requirements/matrix-NAME.txt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.matrix.libraries import anthropic, openai_like, others

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.library import Library

ENVIRONMENTS: dict[str, tuple[Callable[[], Library], ...]] = {
    "dev": (
        openai_like.openai_chat,
        openai_like.openai_responses,
        anthropic.anthropic,
        anthropic.anthropic_bedrock,
        anthropic.anthropic_vertex,
        openai_like.mistral,
        openai_like.groq,
        others.cohere,
        others.ollama,
    ),
    "openai2": (
        openai_like.openai_chat,
        openai_like.openai_responses,
        anthropic.anthropic,
    ),
    "frameworks": (openai_like.huggingface_hub,),
    "plain": (others.google_genai,),
}
