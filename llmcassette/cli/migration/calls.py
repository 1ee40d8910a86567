"""Rewrites markers, and calls of ``use_cassette`` and ``VCR``."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

import libcst as cst
from libcst.codemod.visitors import AddImportsVisitor

from llmcassette.cli.migration.meanings import dotted
from llmcassette.cli.migration.options import code, string_in
from llmcassette.cli.migration.snippets import EQUAL, MARKER, keywords, layout, text, with_suffix
from llmcassette.cli.migration.source import Source

__all__ = ["Calls"]

NAMED_BY_FUNCTION: Final = "the cassette is named after the function: write its path"


class Calls(Source):
    """Markers and calls."""

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        name = dotted(original_node)
        if name.endswith(("mark.vcr", "mark.default_cassette")):
            self.done.markers += name.endswith("mark.vcr")
            return updated_node.with_changes(attr=cst.Name(MARKER))
        if name.endswith("mark.block_network"):
            self.note(
                original_node,
                "block_network is pytest-recording's: while a cassette is open nothing reaches the"
                " network; remove the marker when you uninstall pytest-recording",
            )
        first, _, attribute = name.partition(".")
        if first in self.names.cassettes and attribute:
            self.note(original_node, f"{name} is vcrpy's: see `played` and `interactions`")
        return updated_node

    def visit_Decorator(self, node: cst.Decorator) -> None:
        if self.names.means(node.decorator).endswith(".use_cassette"):
            self.note(node, NAMED_BY_FUNCTION)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        name = dotted(original_node.func)
        if name.endswith("mark.default_cassette"):
            return self.named(original_node, updated_node)
        if name.endswith("mark.vcr"):
            return self.marker(original_node, updated_node)
        meaning = self.names.means(original_node.func)
        if meaning in ("vcr.use_cassette", "cassetter.use_cassette"):
            return self.use_cassette(original_node, updated_node, "llmcassette.use_cassette", {})
        if meaning in ("vcr.VCR", "cassetter.Cassetter"):
            return self.recorder(original_node, updated_node)
        variable, _, method = name.rpartition(".")
        if variable in self.names.recorders and method == "use_cassette":
            options = keywords(self.names.recorders[variable].args)
            return self.use_cassette(original_node, updated_node, variable, options)
        if name.endswith("getfixturevalue") and original_node.args:
            self.read(string_in(original_node.args[0].value))
        if name.endswith("mark.usefixtures"):
            for argument in original_node.args:
                self.read(string_in(argument.value))
        return updated_node

    def named(self, original: cst.Call, updated: cst.Call) -> cst.Call:
        """``default_cassette("name")``: a marker with a path."""
        name = string_in(original.args[0].value) if original.args else None
        if name is None:
            self.note(original, "the cassette's name is no literal: write its path, which is"
                      " relative to cassettes/")  # fmt: skip
            return updated
        return updated.with_changes(args=[cst.Arg(text(self.in_folder(name)))])

    def marker(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        files = [argument for argument in original.args if argument.keyword is None]
        settings = self.moved(keywords(original.args).items())
        arguments = [cst.Arg(cst.parse_expression(value), cst.Name(name), EQUAL)
                     for name, value in settings.items()]  # fmt: skip
        name = string_in(files[0].value) if len(files) == 1 else None
        if name is not None and self.is_absent(name):
            self.note(original, f"there is no cassette {name}: the test's own one is used")
        elif name is not None:
            arguments.insert(0, cst.Arg(text(self.in_folder(name))))
        elif files:
            self.note(original, "several cassettes for one test: put their interactions into one,"
                      " and name it in the marker")  # fmt: skip
        return updated.with_changes(args=arguments) if arguments else updated.func

    def is_absent(self, name: str) -> bool:
        """Whether a marker names a file that was never made: what is recorded goes into another."""
        if self.folder is not None:
            return False
        folder = self.path.parent / "cassettes"
        return not (folder / self.path.stem / name).exists()

    def in_folder(self, name: str) -> str:
        """A name that was relative to the folder of the module, relative to ``cassettes/``."""
        template = "{module}/" if self.folder is None else self.folder.cassette_name
        folder = template.rpartition("/")[0].replace("{module}", self.path.stem)
        return str(PurePosixPath(folder, with_suffix(name)))

    def recorder(self, original: cst.Call, updated: cst.Call) -> cst.Call:
        options = keywords(original.args)
        options.pop("cassette_library_dir", None)
        settings = self.moved(options.items())
        AddImportsVisitor.add_needed_import(self.context, "functools")
        AddImportsVisitor.add_needed_import(self.context, "llmcassette")
        arguments = [cst.Arg(cst.parse_expression("llmcassette.use_cassette"))]
        arguments += [cst.Arg(cst.parse_expression(value), cst.Name(name), EQUAL)
                      for name, value in settings.items()]  # fmt: skip
        return updated.with_changes(
            func=cst.parse_expression("functools.partial"), args=layout(arguments, updated.args)
        )

    def use_cassette(
        self,
        original: cst.Call,
        updated: cst.Call,
        function: str,
        defaults: dict[str, cst.BaseExpression],
    ) -> cst.Call:
        options = keywords(original.args)
        named = options.pop("path", options.pop("name", None))
        unnamed = [each.value for each in original.args if each.keyword is None and not each.star]
        stars = [each for each in updated.args if each.star]
        path = unnamed[0] if unnamed else named
        if path is None:
            self.note(original, NAMED_BY_FUNCTION)
            return updated
        folder = options.pop("cassette_library_dir", defaults.get("cassette_library_dir"))
        settings = self.moved(options.items())
        arguments = [cst.Arg(self.path_in(path, folder))]
        arguments += [cst.Arg(cst.parse_expression(value), cst.Name(name), EQUAL)
                      for name, value in settings.items()]  # fmt: skip
        if function.startswith("llmcassette."):
            AddImportsVisitor.add_needed_import(self.context, "llmcassette")
        return updated.with_changes(
            func=cst.parse_expression(function), args=layout([*arguments, *stars], updated.args)
        )

    def path_in(
        self, path: cst.BaseExpression, folder: cst.BaseExpression | None
    ) -> cst.BaseExpression:
        """The path of a cassette, with the folder of all."""
        literal, library = string_in(path), "" if folder is None else string_in(folder)
        if literal is not None and library is not None:
            old = str(PurePosixPath(library, literal))
            new = with_suffix(old)
            self.done.paths[old] = new
            return text(new)
        if folder is None:
            return path
        return cst.parse_expression(f"{code(folder)} + '/' + {code(path)}".replace("'", '"'))

    def visit_With(self, node: cst.With) -> None:
        for item in node.items:
            if (
                item.asname is not None
                and isinstance(item.asname.name, cst.Name)
                and isinstance(item.item, cst.Call)
                and self.names.means(item.item.func).endswith(".use_cassette")
            ):
                self.names.cassettes.add(item.asname.name.value)
