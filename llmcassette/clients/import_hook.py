"""Calls back when certain modules are imported, once they have been executed."""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["ImportHook"]


class ImportHook:
    """Finds modules as Python does. First on ``sys.meta_path`` between ``begin`` and ``end``.

    Args:
        names: the modules.
        on_import: called with the name of a module that has been imported.
    """

    def __init__(self, names: Collection[str], on_import: Callable[[str], None]) -> None:
        self.names = names
        self.on_import = on_import
        self._finding = threading.local()

    def begin(self) -> None:
        """Call back from now on."""
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Call back no more; a test may have restored an earlier ``sys.meta_path``."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See ``importlib.abc.MetaPathFinder``."""
        if name not in self.names or getattr(self._finding, "name", None) == name:
            return None
        self._finding.name = name
        try:
            spec = find_spec(name)
        finally:
            self._finding.name = None
        if spec is not None and spec.loader is not None:
            loader: Any = _Loader(spec.loader, self)
            spec.loader = loader
        return spec


class _Loader:
    def __init__(self, loader: Any, hook: ImportHook) -> None:
        self._loader = loader
        self._hook = hook

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._hook.on_import(module.__name__)
