"""Patches each client library while a cassette is open: at once, or when it is imported."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Final

from llmcassette.clients.import_hook import ImportHook

if TYPE_CHECKING:
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
            _hook.begin()
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
    _hook.end()
    for each in _patched.values():
        each.undo()


def _imported(name: str) -> None:
    with _lock:
        if _users:
            _patch(name)


_hook: Final = ImportHook(SEAMS, _imported)
