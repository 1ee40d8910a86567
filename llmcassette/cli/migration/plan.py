"""What a migration changes: Python files, cassettes, pyproject.toml, and what stays to be done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from llmcassette.cli.migration.configuration import configuration
from llmcassette.cli.migration.names import names_of_tests
from llmcassette.cli.migration.project_file import with_settings
from llmcassette.cli.migration.rewriting import rewritten
from llmcassette.cli.migration.source import Note
from llmcassette.errors import CassetteError
from llmcassette.review.edit.conversion import NOTATIONS, Step, import_file, target_name
from llmcassette.review.files import files_below

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmcassette.cli.migration.folders import Folder
    from llmcassette.cli.migration.names import Name
    from llmcassette.cli.migration.source import Rewritten

__all__ = ["Edit", "Plan", "plan_migration"]

OLD_FORMATS: Final = ("vcrpy", "cassetter")
WORDS: Final = (b"vcr", b"cassetter")
FOREIGN_FOLDERS: Final = frozenset(
    {"node_modules", "site-packages", "__pycache__", "build", "dist"}
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A text file: before, and after. Both keep the line ends; a new file has no before."""

    path: Path
    before: str
    after: str


@dataclass(slots=True)
class Plan:
    """All that changes.

    Attributes:
        root: the folder of the project.
        edits: text files.
        cassettes: what is converted, and where to; the old file goes if its name changes.
        formats: how many cassettes there are, by the tool that wrote them.
        requests: how many requests they hold, by host.
        markers: how many markers there are.
        failed: cassettes that can't be read.
        notes: what a person has to look at.
    """

    root: Path
    edits: list[Edit] = field(default_factory=list)
    cassettes: list[Step] = field(default_factory=list)
    formats: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    markers: int = 0
    failed: list[CassetteError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing of the old libraries was found."""
        return not (self.edits or self.cassettes or self.failed or self.notes)


def plan_migration(root: Path) -> Plan:
    """Read a project, and plan its migration. Writes nothing; pytest collects the tests."""
    plan = Plan(root)
    sources = dict(old_sources(plan))
    files = rewritten_files(sources, plan)
    names: list[Name] = []
    if plan.markers:
        try:
            names = names_of_tests(root)
        except CassetteError as error:
            text = f"names of cassettes are not checked: {error.problem}"
            plan.notes.append(Note(root, 0, text))
    own_folder = any(file.folder is not None for file in files.values())
    plan_cassettes(plan, files, names, own_folder=own_folder)
    for path, file in files.items():
        if file.text != sources[path]:
            plan.edits.append(Edit(path, sources[path], file.text))
    if plan.markers or plan.cassettes or plan.edits:
        flat = not own_folder and is_flat(plan.cassettes, names)
        project = with_settings(root / "pyproject.toml", flat=flat)
        if project is not None:
            plan.edits.append(Edit(root / "pyproject.toml", *project))
        import_fixtures(plan, files)
        plan.notes += configuration(root)
    plan.edits.sort(key=lambda edit: edit.path)
    plan.notes.sort()
    return plan


def old_sources(plan: Plan) -> Iterator[tuple[Path, str]]:
    """The Python files that speak of the old libraries."""
    for path in files_below(plan.root, {".py"}):
        folders = path.relative_to(plan.root).parts[:-1]
        if FOREIGN_FOLDERS.intersection(folders) or in_environment(path, plan.root):
            continue
        data = path.read_bytes()
        if not any(word in data for word in WORDS):
            continue
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError:
            plan.notes.append(Note(path, 0, "is not changed: it is not UTF-8"))


def in_environment(path: Path, root: Path) -> bool:
    return any((each / "pyvenv.cfg").exists() for each in path.parents if each.is_relative_to(root))


def rewritten_files(sources: dict[Path, str], plan: Plan) -> dict[Path, Rewritten]:
    alone = sum("def vcr_config" in text for text in sources.values()) == 1
    folders: dict[Path, Folder] = {}
    for path, text in sources.items():
        if "def vcr_cassette_dir" in text:
            found = rewritten_or_noted(path, text, plan, None, alone=alone)
            if found is not None and found.folder is not None:
                folders[path] = found.folder
    plan.notes = [note for note in plan.notes if note.text.endswith("not UTF-8")]
    files = {}
    for path, text in sources.items():
        folder = folder_for(path, folders, plan.root)
        file = rewritten_or_noted(path, text, plan, folder, alone=alone)
        if file is not None:
            files[path] = file
            plan.notes += file.notes
            plan.markers += file.markers
    return files


def rewritten_or_noted(
    path: Path, text: str, plan: Plan, folder: Folder | None, *, alone: bool
) -> Rewritten | None:
    try:
        return rewritten(text, path, plan.root, folder, alone=alone)
    except SyntaxError as error:
        plan.notes.append(Note(path, 0, f"is not changed: {error}"))
        return None


def folder_for(path: Path, folders: dict[Path, Folder], root: Path) -> Folder | None:
    """The folder of the file's own fixture, or of that in the nearest ``conftest.py``."""
    for place in (path, *(each / "conftest.py" for each in path.parents)):
        if place in folders:
            return folders[place]
        if place.parent == root:
            break
    return None


def plan_cassettes(
    plan: Plan, files: dict[Path, Rewritten], names: list[Name], *, own_folder: bool
) -> None:
    """Find the old cassettes, by their content, and what they are called from now on."""
    named = {
        plan.root / old: plan.root / new
        for file in files.values()
        for old, new in file.paths.items()
    }
    paths = [
        path for path in files_below(plan.root, NOTATIONS) if not in_environment(path, plan.root)
    ]
    for path in sorted({*paths, *named}):
        try:
            if in_environment(path, plan.root) or b"interactions" not in path.read_bytes():
                continue
            imported, _ = import_file(path)
        except OSError:
            continue  # it is recorded only when needed
        except CassetteError as error:
            if "cassettes" in path.parts or path in named:
                plan.failed.append(error)
            continue
        if imported.format not in OLD_FORMATS:
            continue
        plan.formats[imported.format] += 1
        for interaction in imported.cassette.interactions:
            plan.requests[urlsplit(interaction.request.url).hostname or "?"] += 1
        target = named.get(path)
        if target is None:
            target = path.with_name(f"{new_stem(path, names, own_folder=own_folder)}.yaml")
            if target.stem == path.stem:
                target = path.with_name(target_name(path))
        if target != path and target.exists():
            plan.notes.append(Note(path, 0, f"is not moved: {target.name} exists"))
            target = path.with_name(target_name(path))
        plan.cassettes.append(Step(path, target))


def new_stem(path: Path, names: list[Name], *, own_folder: bool) -> str:
    """What llmcassette calls the cassette of the test that this file is named after."""
    found = {
        name.new
        for name in names
        if path.stem in name.old and (own_folder or belongs(path, name.test_file))
    }
    return found.pop() if len(found) == 1 else path.stem


def belongs(cassette: Path, test_file: Path) -> bool:
    folder = test_file.parent / "cassettes"
    return cassette.parent in (folder, folder / test_file.stem)


def is_flat(cassettes: list[Step], names: list[Name]) -> bool:
    """Whether cassettes are in one folder without one for each module, as pytest-vcr has them."""
    sources = {step.source.with_suffix("") for step in cassettes}
    flat = nested = 0
    for name in names:
        folder = name.test_file.parent / "cassettes"
        flat += any(folder / old in sources for old in name.old)
        nested += any(folder / name.test_file.stem / old in sources for old in name.old)
    return flat > nested


def import_fixtures(plan: Plan, files: dict[Path, Rewritten]) -> None:
    """Give tests that read the fixture ``vcr`` the one that stands in for it."""
    wanted: dict[Path, set[str]] = {}
    for path, file in files.items():
        if file.fixtures:
            above = [
                each / "conftest.py" for each in path.parents if each.is_relative_to(plan.root)
            ]
            there = [each for each in above if each.exists()]
            place = there[-1] if there else path.parent / "conftest.py"
            wanted.setdefault(place, set()).update(file.fixtures)
    for place, fixtures in wanted.items():
        edit = next((each for each in plan.edits if each.path == place), None)
        before = edit.before if edit else place.read_text("utf-8") if place.exists() else ""
        after = edit.after if edit else before
        names = ", ".join(sorted(fixtures | {"vcr"}))
        line = f"from conftest_plugin.vcr import {names}  # noqa: F401\n"
        if edit:
            plan.edits.remove(edit)
        plan.edits.append(Edit(place, before, with_import(after, line)))


def with_import(source: str, line: str) -> str:
    """A source with one more import, after the others at its top."""
    import libcst as cst

    module = cst.parse_module(source)
    position = 0
    for index, statement in enumerate(module.body):
        if isinstance(statement, cst.SimpleStatementLine) and any(
            isinstance(each, cst.Import | cst.ImportFrom) for each in statement.body
        ):
            position = index + 1
    new = cst.parse_module(line).body
    return module.with_changes(body=[*module.body[:position], *new, *module.body[position:]]).code
