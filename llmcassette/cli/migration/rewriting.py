"""Rewrites one Python file: markers, fixtures, calls and imports.

It works on the concrete syntax, so comments and layout stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor
from libcst.metadata import MetadataWrapper

from llmcassette.cli.migration.calls import Calls
from llmcassette.cli.migration.fixtures import Fixtures
from llmcassette.cli.migration.meanings import Left, Names
from llmcassette.cli.migration.source import Note

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.cli.migration.folders import Folder
    from llmcassette.cli.migration.source import Rewritten

__all__ = ["rewritten"]


class _Rewriter(Calls, Fixtures):
    """Everything."""


def rewritten(
    text: str, path: Path, root: Path, folder: Folder | None, *, alone: bool
) -> Rewritten:
    """Rewrite a file.

    Args:
        text: the source.
        path: the file.
        root: the folder of the project.
        folder: where its cassettes are; ``None`` for the default of pytest-recording.
        alone: it has the only ``vcr_config`` of the project, which may go if nothing is left in it.

    Raises:
        SyntaxError: it is no Python that libcst can read.
    """
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(f"line {error.raw_line}: {error.message}") from None
    wrapper = MetadataWrapper(module)
    names = Names()
    wrapper.module.visit(names)
    context = CodemodContext()
    rewriter = _Rewriter(names, path, root, context, folder, alone=alone)
    result = wrapper.visit(rewriter)
    result = rewriter.with_folder(result)
    result = AddImportsVisitor(context).transform_module(result)
    for library, here in names.imported.items():
        alias = None if here == library else here
        RemoveImportsVisitor.remove_unused_import(context, library, asname=alias)
    for here, (library, name) in names.members.items():
        alias = None if here == name else here
        RemoveImportsVisitor.remove_unused_import(context, library, name, alias)
    result = RemoveImportsVisitor(context).transform_module(result)
    done = rewriter.done
    done.text = result.code
    left = Left()
    MetadataWrapper(result).visit(left)
    done.notes += [Note(path, line, text) for line, text in left.found]
    done.notes.sort()
    return done
