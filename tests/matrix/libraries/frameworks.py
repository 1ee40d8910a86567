"""Libraries on top of the SDKs. Where they run tools themselves, a second request follows."""

from __future__ import annotations

import os
from typing import Any

from tests.matrix import wires
from tests.matrix.libraries.openai_like import TOOL, chat
from tests.matrix.library import KEY, Library


def weather(city: str) -> str:
    """The weather.

    Args:
        city: its name.
    """
    return f"{city}: sun"


def pydantic_ai() -> Library:
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    def agent_of(url: str, tools: bool) -> Any:
        provider = OpenAIProvider(openai_client=AsyncOpenAI(api_key=KEY, base_url=url + "/v1"))
        model = OpenAIChatModel("gpt-4o-mini", provider=provider)
        return Agent(model, tools=[weather] if tools else [])

    def outcome(result: Any) -> Any:
        return [result.output, str(result.usage)]

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return outcome(agent_of(url, tools).run_sync(prompt))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return outcome(await agent_of(url, tools).run(prompt))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with agent_of(url, tools).run_stream(prompt) as pieces:
            async for piece in pieces.stream_text(delta=True, debounce_by=None):
                yield piece
            yield str(pieces.usage)

    ways = {"sync": sync, "async": async_, "async stream": async_stream}
    return Library("Pydantic AI", "pydantic-ai-slim", wires.CHAT, ways)


def openai_agents() -> Library:
    import agents
    from openai import AsyncOpenAI

    agents.set_tracing_disabled(True)

    def agent_of(url: str, tools: bool) -> Any:
        client = AsyncOpenAI(api_key=KEY, base_url=url + "/v1")
        model = agents.OpenAIResponsesModel("gpt-4o-mini", client)
        offered = [agents.function_tool(weather)] if tools else []
        return agents.Agent("weather", model=model, tools=offered)

    def outcome(result: Any) -> Any:
        return [result.final_output, result.to_input_list()]

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return outcome(agents.Runner.run_sync(agent_of(url, tools), prompt))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return outcome(await agents.Runner.run(agent_of(url, tools), prompt))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        result = agents.Runner.run_streamed(agent_of(url, tools), prompt)
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                yield event.data
        yield outcome(result)

    ways = {"sync": sync, "async": async_, "async stream": async_stream}
    return Library("OpenAI Agents", "openai-agents", wires.RESPONSES, ways)


def _langchain(name: str, package: str, wire: Any, model_of: Any) -> Library:
    def asked(url: str, tools: bool) -> Any:
        return model_of(url).bind_tools([TOOL]) if tools else model_of(url)

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return seen(asked(url, tools).invoke(prompt))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        yield from map(seen, asked(url, tools).stream(prompt))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return seen(await asked(url, tools).ainvoke(prompt))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async for piece in asked(url, tools).astream(prompt):
            yield seen(piece)

    def seen(message: Any) -> Any:
        """Without the ids that it makes up."""
        fields = message.model_dump(mode="json", exclude={"id"})
        return {**fields, "response_metadata": {**fields["response_metadata"], "headers": None}}

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library(name, package, wire, ways, hides_misses=("async",))


def langchain_openai() -> Library:
    from langchain_openai import ChatOpenAI

    def model_of(url: str) -> Any:
        return ChatOpenAI(model="gpt-4o-mini", base_url=url + "/v1", api_key=KEY)

    return _langchain("LangChain, OpenAI", "langchain-openai", wires.CHAT, model_of)


def langchain_anthropic() -> Library:
    from langchain_anthropic import ChatAnthropic

    def model_of(url: str) -> Any:
        return ChatAnthropic(model="claude-next", base_url=url, api_key=KEY)

    return _langchain("LangChain, Anthropic", "langchain-anthropic", wires.MESSAGES, model_of)


def instructor() -> Library:
    """A typed answer is a tool call."""
    import instructor as module
    import openai
    from pydantic import BaseModel

    class City(BaseModel):
        city: str

    def words(prompt: str) -> dict[str, Any]:
        return {**chat(prompt, tools=False), "response_model": City, "max_retries": 0}

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with openai.OpenAI(api_key=KEY, base_url=url + "/v1") as client:
            return module.from_openai(client).create(**words(prompt))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with openai.OpenAI(api_key=KEY, base_url=url + "/v1") as client:
            yield from module.from_openai(client).create_partial(**words(prompt))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=url + "/v1") as client:
            return await module.from_openai(client).create(**words(prompt))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=url + "/v1") as client:
            async for piece in module.from_openai(client).create_partial(**words(prompt)):
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Instructor", "instructor", wires.CHAT_TOOLS, ways)


def llama_index() -> Library:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.tools import FunctionTool
    from llama_index.llms.openai import OpenAI

    offered = FunctionTool.from_defaults(weather)

    def model_of(url: str) -> Any:
        return OpenAI(model="gpt-4o-mini", api_base=url + "/v1", api_key=KEY, max_retries=1)

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        history = [ChatMessage(role="user", content=prompt)]
        return {"tools": [offered] if tools else [], "chat_history": history}

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return model_of(url).chat_with_tools(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        yield from model_of(url).stream_chat_with_tools(**words(prompt, tools))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return await model_of(url).achat_with_tools(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async for piece in await model_of(url).astream_chat_with_tools(**words(prompt, tools)):
            yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("LlamaIndex, OpenAI", "llama-index-llms-openai", wires.CHAT, ways)


def _litellm(name: str, wire: Any, model: str, path: str) -> Library:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or its import fetches a price list
    import litellm

    def words(url: str, prompt: str, tools: bool) -> dict[str, Any]:
        address = {"model": model, "api_base": url + path, "api_key": KEY}
        return {**chat(prompt, tools), **address, "num_retries": 1}

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return seen(litellm.completion(**words(url, prompt, tools)))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        yield from map(seen, litellm.completion(**words(url, prompt, tools), stream=True))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return seen(await litellm.acompletion(**words(url, prompt, tools)))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async for piece in await litellm.acompletion(**words(url, prompt, tools), stream=True):
            yield seen(piece)

    def seen(answer: Any) -> Any:
        """Without the ids and times that it makes up."""
        return answer.model_dump(mode="json", exclude={"id", "created"})

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library(name, "litellm", wire, ways)


def litellm_openai() -> Library:
    return _litellm("LiteLLM, OpenAI", wires.CHAT, "openai/gpt-4o-mini", "/v1")


def litellm_anthropic() -> Library:
    return _litellm("LiteLLM, Anthropic", wires.MESSAGES, "anthropic/claude-next", "")
