"""What each SDK does under each fault, as a table for docs/reference/faults.md.

``python -m tests.control.table`` writes it there; a test says when that is due.
"""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

from llmcassette import faults, use_cassette
from tests.control.sdks import SDKS, Sdk, Seen
from tests.control.wires import cassette, interaction

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "faults.md"
BLOCK = re.compile(r"(?<=<!-- table: made by the test run -->\n)[^<]*(?=<!-- end of table -->)")

FAULTS = [
    faults.connect_error(),
    faults.connect_timeout(),
    faults.read_timeout(),
    *(faults.status(code) for code in (401, 429, 500, 502, 503, 529)),
    faults.cut(after_events=4),
    faults.cut(inside_event=4),
    faults.drop(after_events=4),
    faults.error_event(after_events=4),
    faults.stall(after_events=4),
    faults.duplicate(event=4),
    faults.malformed_json(event=4),
    faults.empty_stream(),
    faults.missing_done(),
    faults.finish_reason("length"),
    faults.cut_arguments(),
    faults.refusal(),
    faults.empty_answer(),
]


def ask(sdk: Sdk, *given: faults.Fault, retries: int = 0) -> tuple[Seen | Exception, list[object]]:
    """What an application gets, or the exception; and the pieces that came before it."""
    pieces: list[object] = []
    outcome: Seen | Exception
    with tempfile.TemporaryDirectory() as folder:
        path = cassette(Path(folder) / "answer.yaml", interaction(sdk.wire))
        with use_cassette(path, match_on=["method", "url"], faults=given):
            try:
                outcome = sdk.ask(retries, pieces)
            except Exception as error:
                outcome = error
    return outcome, pieces


@cache
def untouched(sdk: Sdk) -> Seen:
    seen, _ = ask(sdk)
    assert isinstance(seen, Seen)
    return seen


def cell(sdk: Sdk, fault: faults.Fault) -> str:
    """``RateLimitError``; or, where nothing is raised, in what the answer differs."""
    seen, _ = ask(sdk, fault)
    if isinstance(seen, Exception):
        kind = type(seen)
        home = kind.__module__.partition(".")[0]
        return (
            f"`{kind.__name__}`"
            if home in ("openai", "anthropic", "google", "groq")
            else (f"`{home}.{kind.__name__}`")
        )
    whole = untouched(sdk)
    if seen == whole:
        return "nothing"
    told = [f"event `{name}`" for name in seen.errors]
    if seen.text != whole.text:
        told.append(f"text `{seen.text}`" if seen.text else "no text")
    if seen.arguments != whole.arguments:
        told.append(f"arguments `{seen.arguments}`" if seen.arguments else "no call")
    if seen.finish != whole.finish:
        told.append(f"finish `{seen.finish}`" if seen.finish else "no finish reason")
    if seen.refusal:
        told.append("`refusal`")
    return "silent: " + ", ".join(told)


def table() -> str:
    lines = [
        ["fault", *(sdk.name for sdk in SDKS)],
        ["---"] * (len(SDKS) + 1),
        *(
            [f"`{repr(fault).removeprefix('faults.')}`", *(cell(sdk, fault) for sdk in SDKS)]
            for fault in FAULTS
        ),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def committed() -> str:
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found, f"{PAGE} has no place for the table"
    return found[0].strip() + "\n"


def write() -> None:
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda _: f"\n{table()}\n", page), encoding="utf-8")


if __name__ == "__main__":
    write()
