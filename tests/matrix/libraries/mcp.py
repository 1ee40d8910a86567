"""MCP over streamable HTTP: its SDK, and frameworks whose agents call a server's tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.matrix import wires
from tests.matrix.library import KEY, Wire, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


@dataclass(frozen=True)
class McpClient:
    """A row of the table.

    ``run`` is given the URLs of a model's provider and of the MCP server, and a city to ask for.
    """

    name: str
    package: str
    wire: Wire
    run: Callable[[str, str, str], Coroutine[Any, Any, Any]]
    hides_misses: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset({"async", "tools", "miss"})


def mcp() -> McpClient:
    from tests.sdks.mcp_server import session

    async def run(url: str, server: str, city: str) -> Any:
        return await session(server, city=city)

    return McpClient("MCP", "mcp", wires.CHAT, run)


def pydantic_ai() -> McpClient:
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    async def run(url: str, server: str, city: str) -> Any:
        provider = OpenAIProvider(openai_client=AsyncOpenAI(api_key=KEY, base_url=url + "/v1"))
        model = OpenAIChatModel("gpt-4o-mini", provider=provider)
        async with Agent(model, toolsets=[MCPToolset(server)]) as agent:
            result = await agent.run(city)
        parts = [part for message in result.all_messages() for part in message.parts]
        return [str(part.content) for part in parts if hasattr(part, "content")]

    return McpClient("Pydantic AI, tools of MCP", "pydantic-ai-slim", wires.CHAT, run)


def openai_agents() -> McpClient:
    import agents
    from agents.mcp import MCPServerStreamableHttp
    from openai import AsyncOpenAI

    agents.set_tracing_disabled(True)

    async def run(url: str, server: str, city: str) -> Any:
        client = AsyncOpenAI(api_key=KEY, base_url=url + "/v1")
        model = agents.OpenAIResponsesModel("gpt-4o-mini", client)
        async with MCPServerStreamableHttp({"url": server}) as tools:
            agent = agents.Agent("weather", model=model, mcp_servers=[tools])
            result = await agents.Runner.run(agent, city)
        return plain(result.to_input_list())

    return McpClient("OpenAI Agents, tools of MCP", "openai-agents", wires.RESPONSES, run)
