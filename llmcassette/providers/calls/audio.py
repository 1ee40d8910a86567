"""Audio: speech from text, and text from speech."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.jsonvalue import first_text, text

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange

ROUTE: Final = re.compile(
    r"/audio/(speech|transcriptions|translations)$|/text-to-speech/|/speech-to-text$|/v1/listen$"
)
SPEECH: Final = re.compile(r"/audio/speech$|/text-to-speech/")


def read(call: CallExchange) -> ApiCall | None:
    content_type = call.response.headers.get("content-type") or ""
    if SPEECH.search(call.request.path):
        if call.error is None and not call.response.body:
            return None
        kind = media.kind_of(content_type)
        spoken = media.of_bytes(call.response.body, content_type.partition(";")[0], "audio")
        voice = text(call.asked.get("voice"))
        asked = f'"{first_text(call.asked, "input", "text")}"'
        asked += f", voice {voice}" if voice else ""
        return call.call("speech", asked, "audio", media=(spoken,) if kind == "audio" else ())
    spoken_text = text(call.answered.get("text"))
    if not call.answered and content_type.startswith("text/"):
        spoken_text = call.response.body.decode("utf-8", "replace").strip()
    if not spoken_text and not call.failed:
        return None
    name = "translation" if call.request.path.endswith("translations") else "transcription"
    return call.call(name, "", f'"{spoken_text}"')
