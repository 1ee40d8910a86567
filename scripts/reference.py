"""Write the generated parts of docs/reference: options, commands, classes and functions.

Run from the repository's root: ``python scripts/reference.py``. Each part stands between
``<!-- generated: NAME -->`` and ``<!-- end -->``; ``--check`` lists the pages that are outdated.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from _pytest.config.argparsing import Parser

import llmcassette
from conftest_plugin import options
from llmcassette.cli.app import COMMANDS
from llmcassette.cli.app import llmcassette as program
from llmcassette.providers.completion import Choice, ErrorInfo
from llmcassette.providers.parts import Media, ProviderTool, ToolCall
from llmcassette.recorder.typed_settings import CassetteConfig, CassetteSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE: Final = Path(__file__).parent.parent / "docs" / "reference"
PART = re.compile(r"(?<=<!-- generated: )(\w+) -->\n.*?<!-- end -->", re.DOTALL)
FENCE: Final = "~~~"
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
PARTS_OF: Final = {
    "Completion": [Choice, ToolCall, ProviderTool, Media, ErrorInfo]
}  # shown below the class that holds them
SIGNED: Final = {
    "def",
    "use_cassette",
    "CassetteTransport",
    "Headers",
}  # others are not made by hand


def shown_options() -> Iterator[str]:
    """The options of the plugin as ``pytest --help`` has them, as a table."""
    parser = Parser(_ispytest=True)
    options.add(parser)
    yield "| option | what it does |"
    yield "|---|---|"
    for option in parser.getgroup("llmcassette").options:
        attributes = option.attrs()
        value = f"={attributes['metavar']}" if attributes.get("metavar") else ""
        yield f"| `{option.names()[0]}{value}` | {attributes['help']} |"


def shown_commands() -> Iterator[str]:
    """The help of every command."""
    outer = click.Context(program, info_name="llmcassette", **program.context_settings)
    for name in COMMANDS:
        command = program.get_command(outer, name)
        assert command is not None
        context = click.Context(
            command, outer, name, terminal_width=80, max_content_width=80, color=False
        )
        yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


def shown_names() -> Iterator[str]:
    """Every public name, in the order of the page's groups."""
    for group, names in GROUPS.items():
        yield f"## {group}\n"
        for name in names.split():
            value = getattr(llmcassette, name)
            for item in [value, *PARTS_OF.get(name, [])]:
                yield from described(item)


GROUPS: Final = {
    "Cassettes in code": "use_cassette CassetteTransport Recorder load dump",
    "What a cassette holds": "Cassette Interaction Request Response Headers Chunk",
    "What a model answered": "Completion Usage",
    "Errors": "CassetteError SettingsError UnfiredFaultError ReplayError UnmatchedRequestError"
    " BlockedHostError MismatchWarning",
    "Types of settings": "CassetteSettings CassetteConfig",
}


def described(item: type | object) -> Iterator[str]:
    """A class or a function: its signature, its docstring, its fields and its members."""
    name = getattr(item, "__name__", "")
    yield f"### {name}\n"
    kind = "class" if isinstance(item, type) else "def"
    head = f"{kind} {name}"
    if item in (CassetteSettings, CassetteConfig):
        head += "(TypedDict, total=False)"
    elif SIGNED.intersection({name, kind}):
        head += signature(item)
    yield f"```text\n{head}\n```\n"
    sections = parsed(inspect.getdoc(item) or "")
    yield sections.pop("") + "\n"
    described_fields = listed(sections.pop("Attributes", ""))
    fields = dict(fields_of(item))
    rows = {each: described_fields.get(each, "") for each in {**described_fields, **fields}}
    if rows:
        yield "| attribute | type | meaning |\n|---|---|---|"
        for each, meaning in rows.items():
            shown_name = f"[`{each}`](settings.md#{each})" if "(TypedDict" in head else f"`{each}`"
            yield f"| {shown_name} | {fields.get(each, '')} | {meaning} |"
        yield ""
    for title, text in sections.items():
        yield f"{'Parameters' if title == 'Args' else title}:\n"
        for each, meaning in listed(text).items():
            yield f"- `{each}`: {meaning}" if meaning else f"- {each}"
        yield ""
    yield from members(item)


def members(item: object) -> Iterator[str]:
    """The properties of a class as a table, and its public methods."""
    if not isinstance(item, type):
        return
    public = {each: value for each, value in vars(item).items() if not each.startswith("_")}
    found = {each: value for each, value in public.items() if isinstance(value, property)}
    if found:
        yield "| property | type | meaning |\n|---|---|---|"
        for each, value in found.items():
            kind = typed(value.fget.__annotations__.get("return", ""))
            yield f"| `{each}` | {kind} | {sentence(inspect.getdoc(value))} |"
        yield ""
    methods = {each: value for each, value in public.items() if inspect.isfunction(value)}
    for each, value in methods.items():
        yield f"- `{each}{one_line_signature(value)}`: {sentence(inspect.getdoc(value))}"
    if methods:
        yield ""


def fields_of(item: object) -> Iterator[tuple[str, str]]:
    """Each annotated field with its type, and with its default where it has one."""
    if not isinstance(item, type):
        return
    if dataclasses.is_dataclass(item):
        for each in dataclasses.fields(item):
            if not each.name.startswith("_"):
                plain = each.default in ("", b"", None, 0, False) or not isinstance(
                    each.default, bool | int | float | str | bytes
                )
                yield each.name, typed(each.type) + ("" if plain else f", default `{each.default}`")
        return
    for base in reversed(item.__mro__):
        for name, kind in inspect.get_annotations(base).items():
            if not name.startswith("_") and base.__module__.startswith("llmcassette"):
                yield name, typed(kind)


def typed(kind: object) -> str:
    """An annotation as it is written, fit for a cell of a table."""
    text = getattr(kind, "__forward_arg__", None) or (
        kind.__name__ if isinstance(kind, type) else str(kind)
    )
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def signature(item: object) -> str:
    """The parameters, each on a line of its own where they are too long for one."""
    text = one_line_signature(item)
    name = getattr(item, "__name__", "")
    if len(name) + len(text) <= 72:
        return text
    found = inspect.signature(item)  # type: ignore[arg-type]
    lines = [f"    {shown(each)}," for each in found.parameters.values() if each.name != "self"]
    star = [i for i, each in enumerate(found.parameters.values()) if each.kind is each.KEYWORD_ONLY]
    if star:
        lines.insert(star[0], "    *,")
    result = found.return_annotation
    returned = f" -> {result}" if isinstance(result, str) and result != "None" else ""
    return "(\n" + "\n".join(lines) + f"\n){returned}"


def one_line_signature(item: object) -> str:
    """The parameters of a class or a function, without ``self``."""
    text = str(inspect.signature(item)).replace("'", "")  # type: ignore[arg-type]
    return re.sub(r"^\(self(, )?", "(", text).removesuffix(" -> None")


def shown(parameter: inspect.Parameter) -> str:
    """One parameter."""
    return str(parameter).replace("'", "")


def parsed(docstring: str) -> dict[str, str]:
    """The sections of a docstring; that without a name comes first."""
    sections, title = {"": ""}, ""
    for line in docstring.splitlines():
        found = SECTION.match(line)
        if found:
            title = found[1]
            sections[title] = ""
        else:
            sections[title] += line + "\n"
    text = re.sub(r"::\n\n((?:    .*\n|\n)+)", indented, sections[""])
    return {**sections, "": marked(text).strip()}


def indented(block: re.Match[str]) -> str:
    """A literal block as a block of code."""
    code = textwrap.dedent(block[1]).strip()
    return f":\n\n{FENCE}python\n{code}\n{FENCE}\n"


def listed(text: str) -> dict[str, str]:
    """The entries of a section, by name."""
    entries: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc("\n" + text).splitlines():
        head = re.match(r"^(\*{0,2}\w+): (.*)$", line)
        if head:
            name = head[1]
            entries[name] = head[2]
        elif name:
            entries[name] += " " + line.strip()
        elif line.strip():
            name, entries = line.strip(), {line.strip(): ""}
    return {each: marked(meaning).strip() for each, meaning in entries.items()}


def sentence(docstring: str | None) -> str:
    """A docstring's text without its sections, in one line."""
    return " ".join(parsed(docstring or "")[""].split()).replace("|", "\\|")


def marked(text: str) -> str:
    """Markdown instead of reStructuredText, and links to the pages that a docstring names."""
    text = text.replace("``", "`").replace(FENCE, "```")
    text = text.replace("`llmcassette.recorder.settings.Settings`", "[settings](settings.md)")
    text = text.replace("`Settings` describes", "[Settings](settings.md) describes")
    return re.sub(r"docs/reference/(\w+)\.md", r"[\1](\1.md)", text)


PARTS: Final = {"options": shown_options, "commands": shown_commands, "names": shown_names}


def written(text: str) -> str:
    """A page with its generated parts."""

    def part(found: re.Match[str]) -> str:
        return f"{found[1]} -->\n" + "\n".join(PARTS[found[1]]()) + "\n<!-- end -->"

    return PART.sub(part, text)


def main(arguments: list[str]) -> int:
    """Write the pages, or list the outdated ones (``--check``)."""
    stale = 0
    for page in sorted(REFERENCE.glob("*.md")):
        text = page.read_text("utf-8")
        new = written(text)
        if new != text:
            print(page.name)
            stale = 1
            if "--check" not in arguments:
                page.write_text(new, "utf-8")
    return stale if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
