"""``llmcassette demo``: a small project to try recording and replay with, without a key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.running import OK
from llmcassette.errors import CassetteError, shown_path

__all__ = ["demo"]

FILES: Final = ("agent.py", "test_agent.py", "conftest.py", "pyproject.toml")
BASE_URL: Final = "OPENAI_BASE_URL"


@click.command()
@click.argument(
    "folder", type=GivenPath(path_type=Path), default="llmcassette-demo", metavar="[FOLDER]"
)
def demo(folder: Path) -> int:
    """Write a small project to try recording and replay with.

    It has an agent, its test, and a fake provider on this machine that runs while the test records:
    no key and no network are needed. FOLDER is llmcassette-demo by default; it must be new or
    empty.

    \b
    Example:
      llmcassette demo
      cd llmcassette-demo
      pytest --llm-record
      pytest
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.storage.atomic_writing import write

    shown = shown_path(folder)
    if folder.exists() and not folder.is_dir():
        raise CassetteError("exists and is not a folder; name another", path=folder)
    if folder.is_dir() and any(folder.iterdir()):
        raise CassetteError("exists and is not empty; name another folder", path=folder)
    source = Path(__file__).parent.parent / "demo" / "project"
    for name in FILES:
        write(folder / name, (source / name).read_bytes())
    click.echo(f"Created {shown}: {', '.join(FILES)}")
    click.echo(f"\nGo there:        cd {shown}")
    click.echo("Record the test: pytest --llm-record")
    click.echo("Replay it:       pytest")
    click.echo("\nThen change SYSTEM_PROMPT in agent.py, and run pytest again.")
    if os.environ.get(BASE_URL):
        click.echo(
            f"\nnote: {BASE_URL} is set, so the agent talks to that server and not to the fake\n"
            "provider. Unset it for the demo.",
            err=True,
        )
    return OK
