"""Draw the README's pictures: what ``inspect`` and ``diff`` show of the sample cassettes.

Run from the repository's root: ``python scripts/pictures.py``. The same cassettes give the same
files, to the byte; ``--check`` verifies that they are up to date.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from llmcassette.cli.output.diff.cassettes import diff_blocks
from llmcassette.cli.output.inspect.summary import summary
from llmcassette.cli.output.inspect.transcript import transcript
from llmcassette.cli.output.screen import Screen
from llmcassette.cli.pairs import pairs_of_paths
from llmcassette.matching import Rules
from llmcassette.review.parsed import parse_interactions
from llmcassette.storage import load

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent
SAMPLES: Final = ROOT / "sample_cassettes"
PICTURES: Final = ROOT / "docs" / "pictures"
WIDTH: Final = 88

FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""rich's points to another host; a picture in a README loads nothing anyway."""
FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"

THEME: Final = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
    [
        (110, 118, 129),
        (255, 161, 152),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (255, 255, 255),
    ],
)


def inspected(screen: Screen) -> None:
    """A streamed answer with two tool calls, and the answer after their results."""
    path = SAMPLES / "multi_tool_streaming.yaml"
    interactions = parse_interactions(load(path).interactions)
    screen.show([summary(path.name, interactions, screen.width)])
    for parsed in interactions:
        screen.show([None, *transcript(parsed)])


def compared(screen: Screen) -> None:
    """The same test, recorded again at another provider."""
    old, new = SAMPLES / "tool_streaming.yaml", SAMPLES / "tool_streaming_together.yaml"
    (pair,) = pairs_of_paths(str(old.relative_to(ROOT)), str(new.relative_to(ROOT)))
    compared = pair.compare(Rules())
    screen.show(diff_blocks([compared], show_all=False, brackets=screen.needs_brackets))


def picture(name: str, title: str, draw: Callable[[Screen], None]) -> str:
    """One picture as SVG."""
    console = Console(
        width=WIDTH,
        record=True,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        legacy_windows=False,
        _environ={},
    )
    draw(Screen(console))
    text = console.export_svg(title=title, theme=THEME, unique_id=name)
    text = FONT_FACE.sub("", text).replace("Fira Code, monospace", FONTS)
    return text.replace("<svg ", '<svg xml:space="preserve" ', 1)


def pictures() -> dict[Path, str]:
    """Every picture, by its file."""
    inspect_title = "llmcassette inspect multi_tool_streaming.yaml"
    diff_title = "llmcassette diff tool_streaming.yaml tool_streaming_together.yaml"
    return {
        PICTURES / "inspect.svg": picture("inspect", inspect_title, inspected),
        PICTURES / "diff.svg": picture("diff", diff_title, compared),
    }


def main(arguments: list[str]) -> int:
    """Write the pictures, or list the outdated ones (``--check``)."""
    stale = [p for p, text in pictures().items() if not p.exists() or p.read_text("utf-8") != text]
    for path in stale:
        print(path.relative_to(ROOT))
    if "--check" in arguments:
        return 1 if stale else 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path, text in pictures().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
