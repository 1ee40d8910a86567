"""Which library is tried in which environment.

``dev`` is ``requirements/dev.txt``, each other ``NAME`` is ``requirements/matrix-NAME.txt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.matrix.libraries import anthropic, bedrock, frameworks, mcp, openai_like, others

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.libraries.mcp import McpClient
    from tests.matrix.library import Library

ENVIRONMENTS: dict[str, tuple[Callable[[], Library], ...]] = {
    "dev": (
        openai_like.openai_chat,
        openai_like.openai_responses,
        anthropic.anthropic,
        anthropic.anthropic_bedrock,
        anthropic.anthropic_vertex,
        others.google_genai,
        openai_like.mistral,
        openai_like.groq,
        others.cohere,
        others.ollama,
        bedrock.boto3_converse,
        bedrock.boto3_invoke,
        bedrock.aiobotocore_converse,
    ),
    "openai2": (
        openai_like.openai_chat,
        openai_like.openai_responses,
        anthropic.anthropic,
        frameworks.litellm_openai,
        frameworks.litellm_anthropic,
        frameworks.instructor,
        frameworks.llama_index,
    ),
    "frameworks": (
        openai_like.huggingface_hub,
        others.voyage,
        frameworks.pydantic_ai,
        frameworks.openai_agents,
        frameworks.langchain_openai,
        frameworks.langchain_anthropic,
    ),
    "plain": (others.google_genai,),
}

MCP_CLIENTS: dict[str, tuple[Callable[[], McpClient], ...]] = {
    "dev": (mcp.mcp,),
    "frameworks": (mcp.pydantic_ai, mcp.openai_agents),
}
