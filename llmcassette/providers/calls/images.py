"""Images and videos: OpenAI and its imitators, Imagen, Titan, Stability, Black Forest Labs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, first_text, obj, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.call_exchange import ApiCall, CallExchange
    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.parts import Media

ROUTE: Final = re.compile(
    r"/images/(generations|edits|variations)$"
    r"|/model/[^/]*(image|stability|sd3|canvas)[^/]*/invoke$"
    r"|/models/[^/]*(imagen|imagegeneration|veo)[^/]*:(predict|generateImages|predictLongRunning)$"
    r"|/v1/flux[^/]*$|/v1/get_result$|/stable-image/|/prompt/"
    r"|/videos?(/generations)?$|/videos/[^/]+$"
)
IN_BASE64: Final = ("b64_json", "bytesBase64Encoded", "base64", "image", "video")
URLS: Final = ("url", "sample", "uri", "gcsUri")


def read(call: CallExchange) -> ApiCall | None:
    made = tuple(pictures(call))
    status = first_text(call.answered, "status", "state")
    if not made and not status and not call.failed and "id" not in call.answered:
        return None
    kind = "video" if "video" in call.request.path or "veo" in call.model else "image"
    answered = plural(len(made), kind) if made else status or "started"
    retrieved = call.request.method == "GET"
    return call.call(kind, prompt(call.asked), answered, media=made, retrieved=retrieved)


def prompt(asked: dict[str, JSON]) -> str:
    """The text that describes the picture."""
    first = obj(next(iter(arr(asked.get("instances")) or arr(asked.get("text_prompts"))), None))
    inner = obj(asked.get("textToImageParams")) or first
    found = first_text(asked, "prompt") or first_text(inner, "prompt", "text")
    return f'"{found}"' if found else ""


def pictures(call: CallExchange) -> Iterator[Media]:
    """The pictures of an answer: its whole body, base64 or URLs."""
    content_type = call.response.headers.get("content-type") or ""
    kind = media.kind_of(content_type)
    if kind in ("image", "video"):
        yield media.of_bytes(call.response.body, content_type.partition(";")[0], kind)
        return
    item = call.answered
    listed = (
        *arr(item.get("data")),
        *arr(item.get("predictions")),
        *arr(item.get("generatedImages")),
        *arr(item.get("artifacts")),
        item.get("result"),
    )
    for value in listed:
        picture = obj(obj(value).get("image")) or obj(value)
        media_type = first_text(picture, "mimeType", "mime_type") or "image/png"
        if data := first_text(picture, *IN_BASE64):
            yield media.inline(data, media_type, "", kind="image")
        elif url := first_text(picture, *URLS):
            yield media.referred(url, "", kind="image")
    for value in arr(item.get("images")):
        if isinstance(value, str):
            yield media.inline(text(value), "image/png", "", kind="image")
