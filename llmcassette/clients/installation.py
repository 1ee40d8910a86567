"""Patches each client library while a cassette is open: at once, or when it is imported."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from llmcassette.clients.patch import Patch

__all__ = ["Patched", "install", "uninstall"]

SEAMS: Final = {
    "httpx": "httpx_family",
    "httpx2": "httpx_family",
    "http.client": "http_client",
    "urllib3.connection": "http_client",
    "aiohttp.connector": "aiohttp",
}
"""The modules that are patched, and the package here whose ``patching`` does it."""

# Reentrant: the garbage collector may end a context, and so uninstall, at any point.
_lock = threading.RLock()
_users = 0
_patched: dict[str, Patched] = {}


class Patched:
    """One module with its patches, which are made once and then taken off and put on again.

    Attributes:
        module: the module.
        is_active: whether its clients are served; wrappers that another library keeps in place pass
            everything on while they are not.
    """

    def __init__(self, name: str, module: ModuleType) -> None:
        self.module = module
        self.is_active = True
        self._patches: list[Patch] = []
        try:
            package = import_module(f"llmcassette.clients.{SEAMS[name]}.patching")
            for patch in package.patches(module, self):
                self._patches.append(patch)  # one by one: the next may fail
        except BaseException:
            self.undo()
            raise

    def redo(self) -> bool:
        """Put the patches on again; ``False`` where something else has been put on meanwhile."""
        if not all(patch.is_lost() for patch in self._patches):
            return False
        self.is_active = True
        for patch in self._patches:
            patch.redo()
        return True

    def undo(self) -> None:
        """Take the patches off."""
        self.is_active = False
        for patch in self._patches:
            patch.undo()


def install() -> None:
    """Serve every client of every library from now on; counts its calls."""
    global _users
    with _lock:
        if not _users:
            sys.meta_path.insert(0, _finder)
            try:
                for name in SEAMS:
                    _patch(name)
            except BaseException:
                _undo()
                raise
        _users += 1


def uninstall() -> None:
    """Undo ``install`` when its last user has gone."""
    global _users
    with _lock:
        _users -= 1
        if not _users:
            _undo()


def _patch(name: str) -> None:
    """Patch a module, if it has been imported and isn't patched."""
    module = sys.modules.get(name)
    if module is None:
        return
    with _lock:
        known = _patched.get(module.__name__)  # httpx2.alias_httpx() gives one module two names
        if known is None or known.module is not module or not (known.is_active or known.redo()):
            _patched[module.__name__] = Patched(name, module)


def _undo() -> None:
    with suppress(ValueError):  # a test may restore an earlier sys.meta_path
        sys.meta_path.remove(_finder)
    for each in _patched.values():
        each.undo()


class _Finder:
    """Finds the modules of ``SEAMS`` as Python does, and has them patched once they are executed.

    First on ``sys.meta_path``.
    """

    def __init__(self) -> None:
        self._finding = threading.local()

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in SEAMS or getattr(self._finding, "name", None) == name:
            return None
        self._finding.name = name
        try:
            spec = find_spec(name)
        finally:
            self._finding.name = None
        if spec is not None and spec.loader is not None:
            loader: Any = _Loader(spec.loader)
            spec.loader = loader
        return spec


class _Loader:
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        with _lock:
            if _users:
                _patch(module.__name__)


_finder: Final = _Finder()
