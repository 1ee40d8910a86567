"""The provider behind a host name."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["service"]

HOSTS: Final = (
    ("azure", r"\.openai\.azure\.com|\.cognitiveservices\.azure\.com|\.services\.ai\.azure\.com"),
    ("openai", r"(^|\.)api\.openai\.com"),
    ("bedrock", r"(^|\.)bedrock(-runtime|-mantle)?[.-].*amazonaws\.com(\.cn)?"),
    ("vertex", r"aiplatform\.googleapis\.com"),
    ("google", r"generativelanguage\.googleapis\.com"),
    ("anthropic", r"(^|\.)anthropic\.com"),
    ("openrouter", r"(^|\.)openrouter\.ai"),
    ("groq", r"(^|\.)groq\.com"),
    ("xai", r"(^|\.)x\.ai"),
    ("mistral", r"(^|\.)mistral\.ai"),
    ("deepseek", r"(^|\.)deepseek\.com"),
    ("together", r"(^|\.)together\.(xyz|ai)"),
    ("cohere", r"(^|\.)cohere\.(com|ai)"),
    ("cerebras", r"(^|\.)cerebras\.ai"),
    ("perplexity", r"(^|\.)perplexity\.ai"),
    ("huggingface", r"(^|\.)huggingface\.co"),
    ("fireworks", r"(^|\.)fireworks\.ai"),
    ("baseten", r"(^|\.)baseten\.co"),
    ("alibaba", r"(^|\.)dashscope[a-z-]*\.aliyuncs\.com"),
    ("zai", r"(^|\.)(z\.ai|bigmodel\.cn)"),
    ("moonshot", r"(^|\.)moonshot\.(ai|cn)"),
    ("xiaomi", r"(^|\.)xiaomimimo\.com"),
    ("vercel", r"^ai-gateway\.vercel\.sh"),
    ("cloudflare", r"(^|\.)(gateway\.ai|api)\.cloudflare\.com"),
    ("github", r"^models\.(github\.ai|inference\.ai\.azure\.com)"),
    ("nvidia", r"^integrate\.api\.nvidia\.com"),
    ("replicate", r"(^|\.)replicate\.com"),
    ("voyage", r"(^|\.)voyageai\.com"),
    ("jina", r"(^|\.)jina\.ai"),
    ("ai21", r"(^|\.)ai21\.com"),
    ("watsonx", r"\.ml\.cloud\.ibm\.com"),
    ("aleph-alpha", r"(^|\.)aleph-alpha\.com"),
    ("bfl", r"(^|\.)bfl\.(ai|ml)"),
    ("stability", r"(^|\.)stability\.ai"),
    ("elevenlabs", r"(^|\.)elevenlabs\.io"),
    ("deepinfra", r"(^|\.)deepinfra\.com"),
    ("heroku", r"(^|\.)inference\.heroku\.com"),
    ("pollinations", r"(^|\.)pollinations\.ai"),
)

PATTERNS: Final = tuple((name, re.compile(f"(?:{host})$")) for name, host in HOSTS)


def service(host: str) -> str:
    """The provider's name, such as ``groq``; empty for an unknown host."""
    host = host.lower()
    return next((name for name, pattern in PATTERNS if pattern.search(host)), "")
