"""One attribute of a module or class, replaced until that is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["Patch", "is_patched"]

_MARK = "_llmcassette_patch"


class Patch:
    """An attribute with a wrapper around what was there.

    Where another library wraps the wrapper in turn, or puts it back after the patch was undone, it
    stays in place: a wrapper has to pass everything on once its patch is undone.

    Args:
        owner: the module or class.
        name: of the attribute.
        wrap: makes the wrapper of the original.
    """

    def __init__(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        self.owner = owner
        self.name = name
        self.inherited = name not in vars(owner)
        self.original = getattr(owner, name)
        while (stale := _patch_of(self.original)) is not None:
            self.inherited = stale.inherited
            self.original = stale.original
        self.wrapper = wrap(self.original)
        setattr(self.wrapper, _MARK, self)
        setattr(owner, name, self.wrapper)

    def is_lost(self) -> bool:
        """Whether someone put back what was there before."""
        return getattr(self.owner, self.name) is self.original

    def redo(self) -> None:
        """Put the wrapper back, where ``is_lost``."""
        setattr(self.owner, self.name, self.wrapper)

    def undo(self) -> None:
        """Put the original back, if the wrapper is still the outermost."""
        if vars(self.owner).get(self.name) is not self.wrapper:
            return
        if self.inherited:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.original)


def is_patched(owner: Any, name: str, patches: Collection[Patch]) -> bool:
    """Whether the outermost wrapper of an attribute is that of one of these patches."""
    return _patch_of(getattr(owner, name)) in patches


def _patch_of(wrapper: Any) -> Patch | None:
    patch: Patch | None = getattr(wrapper, _MARK, None)
    # functools.wraps, in another library's wrapper around ours, copies the mark.
    return patch if patch is not None and patch.wrapper is wrapper else None
