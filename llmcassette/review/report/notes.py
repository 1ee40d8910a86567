"""What recording tells about its replay: lines for the end of the run, by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmcassette.model import Interaction

__all__ = ["HEADINGS", "notes_on", "replaced_line"]

HEADINGS: Final = {
    "outside": "sent by fixtures while no cassette was open, and not recorded: replay refuses it:",
    "mismatch": 'answered by a recording that differs (mismatch = "warn"): what, and where:',
    "libraries": "not recorded, because no client here serves them, and refused in replay (see "
    "docs/reference/clients.md; allowed_hosts in pyproject.toml lets them pass):",
    "differs": "equal requests got different answers: the file has the first, and a test that used "
    "another may miss in replay. Record these without pytest-xdist (-n 0):",
    "unanswered": "recorded without an answer: replay raises the same error (to make a host "
    "unreachable instead, name it in ignore_hosts):",
    "side": "side requests, which come once a process, in the cassette of whichever test is first "
    "(docs/how-to/side-requests.md; in pyproject.toml: ignore_hosts):",
}
"""Each kind that is printed as a paragraph."""

_MARK: Final = "[REDACTED]"


def notes_on(recorded: Iterable[Interaction], path: str) -> Iterator[tuple[str, str]]:
    """Kind and line of each note about what was recorded into a cassette."""
    from llmcassette.matching.miss.side_requests import side_request_of
    from llmcassette.redaction import scrub_url

    secrets = 0
    for interaction in recorded:
        request, response = interaction.request, interaction.response
        texts = (request.url, *(value for _, value in response.headers.multi_items()))
        secrets += sum(text.count(_MARK) for text in texts)
        secrets += sum(body.count(_MARK.encode()) for body in (request.body, response.body))
        url = scrub_url(request.url)
        what = side_request_of(request.url)
        if what:
            yield "side", f"{path}: {request.method} {url}: {what}"
        elif not response.came:
            yield "unanswered", f"{path}: {request.method} {url}: {response.ended}"
    if secrets:
        yield "secrets", f"{secrets} {path}"


def replaced_line(notes: Mapping[str, list[str]]) -> str:
    """How many secrets were replaced; empty for none."""
    lines = [line.partition(" ") for line in notes.get("secrets", ())]
    if not lines:
        return ""
    count = sum(int(number) for number, _, _ in lines)
    files = len({path for _, _, path in lines})
    return (
        f"replaced {count:,} secret{'' if count == 1 else 's'} with {_MARK} in {files:,} "
        f"cassette{'' if files == 1 else 's'}"
    )
