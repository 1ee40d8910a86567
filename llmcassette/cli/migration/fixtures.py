"""Rewrites the fixtures, hooks and variables that configure vcrpy."""

from __future__ import annotations

from typing import Final, TypeGuard

import libcst as cst

from llmcassette.cli.migration.folders import returned, returned_folder
from llmcassette.cli.migration.meanings import Names, dotted
from llmcassette.cli.migration.options import OPTIONS, code
from llmcassette.cli.migration.snippets import (
    decorator_of,
    dict_code,
    dict_items,
    is_fixture,
    without_bare_marker,
)
from llmcassette.cli.migration.source import FIXTURES, Source

__all__ = ["Fixtures"]

DISTINCTIVE: Final = (
    "allow_playback",
    "before_record",
    "cassette_library",
    "decode_compressed",
    "filter_",
    "ignore_hosts",
    "ignore_localhost",
    "match_on",
    "record_mode",
)
"""Options that no other dict has for keys."""


class Fixtures(Source):
    """Fixtures, hooks and variables."""

    variables: frozenset[str] = frozenset()
    """Those of the module that hold options."""

    def visit_Module(self, node: cst.Module) -> None:
        self.variables = frozenset(
            target.target.value
            for statement in node.body
            if isinstance(statement, cst.SimpleStatementLine)
            for each in statement.body
            if isinstance(each, cst.Assign) and is_options(dict_items(each.value))
            for target in each.targets
            if isinstance(target.target, cst.Name)
        )

    def visit_Param(self, node: cst.Param) -> None:
        self.read(node.name.value)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.RemovalSentinel:
        name = original_node.name.value
        if name == "pytest_recording_configure":
            self.note(original_node, "pytest_recording_configure is removed: instead of a matcher"
                      " see `matcher` and `match_on`; files are YAML")  # fmt: skip
            return cst.RemoveFromParent()
        if name in FIXTURES | {"vcr_config", "vcr_cassette_dir"} and is_fixture(original_node):
            if name == "vcr_config":
                return self.config(original_node, updated_node)
            if name == "vcr_cassette_dir":
                return self.cassette_dir(original_node, updated_node)
            self.note(original_node, f"the fixture {name} is your own, and is left as it is")
            self.done.fixtures.discard(name)
        return without_bare_marker(updated_node)

    def leave_ClassDef(
        self,
        original_node: cst.ClassDef,  # noqa: ARG002
        updated_node: cst.ClassDef,
    ) -> cst.ClassDef:
        return without_bare_marker(updated_node)

    def config(
        self, original: cst.FunctionDef, updated: cst.FunctionDef
    ) -> cst.FunctionDef | cst.RemovalSentinel:
        value = returned(original)
        renamed = updated.with_changes(name=cst.Name("llm_cassette_config"))
        if isinstance(value, cst.Name) and value.value in self.variables:
            return renamed  # the variable is rewritten where it is assigned
        options = dict_items(value)
        if options is None:
            self.note(original, "vcr_config is not moved: it returns no dict that can be read from"
                      " the source; write a fixture llm_cassette_config")  # fmt: skip
            return updated
        settings = self.moved(options.items())
        if not settings and self.alone:
            return cst.RemoveFromParent()
        assert isinstance(renamed.body, cst.IndentedBlock)
        last = cst.parse_statement(f"return {dict_code(settings)}")
        before = [
            each
            for each in renamed.body.body[:-1]
            if not (isinstance(each, cst.FunctionDef) and self.only_in(each, value))
        ]
        return renamed.with_changes(body=renamed.body.with_changes(body=[*before, last]))

    def only_in(self, function: cst.FunctionDef, value: cst.BaseExpression | None) -> bool:
        """Whether a function inside of ``vcr_config`` is used in the dict only."""
        counted = Names()
        assert value is not None
        value.visit(counted)
        name = function.name.value
        return counted.references.get(name, 0) + 1 >= self.names.references.get(name, 0)

    def cassette_dir(
        self, original: cst.FunctionDef, updated: cst.FunctionDef
    ) -> cst.FunctionDef | cst.RemovalSentinel:
        folder = returned_folder(original, self.beside)
        if folder is None:
            self.note(original, "vcr_cassette_dir is not moved: see the settings cassette_dir and"
                      " cassette_name")  # fmt: skip
            return updated
        self.done.folder = folder
        self.fixture = updated
        return cst.RemoveFromParent()

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        options = dict_items(original_node.value)
        if not is_options(options):
            return updated_node
        settings = self.moved(options.items())
        return updated_node.with_changes(value=cst.parse_expression(dict_code(settings)))

    def with_folder(self, module: cst.Module) -> cst.Module:
        """Say in ``llm_cassette_config`` where the cassettes are."""
        if self.done.folder is None:
            return module
        added = {
            "cassette_dir": f'"{self.done.folder.cassette_dir}"',
            "cassette_name": f'"{self.done.folder.cassette_name}"',
        }
        for position, statement in enumerate(module.body):
            if (
                isinstance(statement, cst.FunctionDef)
                and statement.name.value == "llm_cassette_config"
                and (items := dict_items(returned(statement))) is not None
            ):
                settings = {name: code(value) for name, value in items.items()} | added
                assert isinstance(statement.body, cst.IndentedBlock)
                last = cst.parse_statement(f"return {dict_code(settings)}")
                body = statement.body.with_changes(body=[*statement.body.body[:-1], last])
                whole = [*module.body]
                whole[position] = statement.with_changes(body=body)
                return module.with_changes(body=whole)
        assert self.fixture is not None
        decorator = dotted(decorator_of(self.fixture)) or "pytest.fixture"
        value = dict_code(added, "**llm_cassette_config").replace("\n", "\n    ")
        source = (
            f"\n\n@{decorator}\ndef llm_cassette_config(llm_cassette_config):\n    return {value}\n"
        )
        new = cst.parse_module(source).body
        return module.with_changes(body=[*module.body, *new])


def is_options(
    items: dict[str, cst.BaseExpression] | None,
) -> TypeGuard[dict[str, cst.BaseExpression]]:
    """Whether a dict holds options of the old libraries, and nothing else."""
    if items is None or not items.keys() <= OPTIONS:
        return False
    return any(name.startswith(DISTINCTIVE) for name in items)
