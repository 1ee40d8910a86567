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

__all__ = ["Installation", "install", "uninstall"]

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
_installed: Installation | None = None


class Installation:
    """The patches of all libraries, from the first ``install`` to the last ``uninstall``.

    Attributes:
        is_active: whether clients are served; wrappers that stay in place pass everything on then.
    """

    def __init__(self) -> None:
        self.users = 0
        self.is_active = True
        self._patches: list[Patch] = []
        self._patched: list[ModuleType] = []
        self._finder = _Finder(self)

    def begin(self) -> None:
        """Patch what is imported, and from now on what is imported later."""
        sys.meta_path.insert(0, self._finder)
        for name in SEAMS:
            if sys.modules.get(name) is not None:
                self.patch(name)

    def patch(self, name: str) -> None:
        """Patch an imported module, once."""
        with _lock:
            # httpx2.alias_httpx() makes both names the same module.
            module = sys.modules[name]
            if self.is_active and not any(module is each for each in self._patched):
                self._patched.append(module)
                package = import_module(f"llmcassette.clients.{SEAMS[name]}.patching")
                for patch in package.patches(module, self):
                    self._patches.append(patch)  # one by one: the next may fail

    def undo(self) -> None:
        """Put everything back."""
        self.is_active = False
        with suppress(ValueError):  # a test may restore an earlier sys.meta_path
            sys.meta_path.remove(self._finder)
        for patch in self._patches:
            patch.undo()


def install() -> None:
    """Serve every client of every library from now on; counts its calls."""
    global _installed
    with _lock:
        if _installed is None:
            _installed = Installation()
            try:
                _installed.begin()
            except BaseException:
                _installed.undo()
                _installed = None
                raise
        _installed.users += 1


def uninstall() -> None:
    """Undo ``install`` when its last user has gone."""
    global _installed
    with _lock:
        assert _installed is not None
        _installed.users -= 1
        if _installed.users == 0:
            _installed.undo()
            _installed = None


class _Finder:
    """Finds the modules of ``SEAMS`` as Python does, and has them patched once they are executed.

    First on ``sys.meta_path``.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
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
            loader: Any = _Loader(spec.loader, self._installation)
            spec.loader = loader
        return spec


class _Loader:
    def __init__(self, loader: Any, installation: Installation) -> None:
        self._loader = loader
        self._installation = installation

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._installation.patch(module.__name__)
