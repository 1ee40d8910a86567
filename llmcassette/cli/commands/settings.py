"""``llmcassette settings``: explains settings and shows their values."""

from __future__ import annotations

from pathlib import Path

import click

from llmcassette.cli.running import OK
from llmcassette.errors import SettingsError

__all__ = ["settings"]


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of [tool.llmcassette].")
def settings(name: str | None, as_json: bool, schema: bool) -> int:
    """Show all settings, or explain one.

    For each setting: its value in the project of this folder, and where that comes from. Markers
    and the fixture llm_cassette_config of a test can change it for that test.

    \b
    Examples:
      llmcassette settings
      llmcassette settings ignore
      llmcassette settings --schema > llmcassette.schema.json
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.explained import explained_settings, schema_text
    from llmcassette.cli.output.settings import print_json_of, print_one, print_table
    from llmcassette.recorder.settings import unknown_setting

    if schema:
        click.echo(schema_text(), nl=False)
        return OK
    found = explained_settings(Path.cwd())
    if name is not None:
        found = [setting for setting in found if setting.name == name]
        if not found:
            raise SettingsError(unknown_setting(name, "command line"))
    if as_json:
        print_json_of(found)
    elif name is not None:
        print_one(found[0])
    else:
        print_table(found)
    return OK
