"""The errors of llmcassette as they are raised in a pytest run: each is a failure of pytest, too.

pytest and anyio (4.5 and later) treat ``pytest.fail.Exception`` as they do an ``Exception``: other
fixtures are torn down, a failed fixture is remembered, and a runner that many tests share lives on.
Client libraries don't retry after it, as it is no ``Exception``. The names are the library's, since
reports show them; the classes can be imported, so the errors can be pickled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from llmcassette import errors

if TYPE_CHECKING:
    from _pytest.outcomes import Failed
else:
    Failed = pytest.fail.Exception

__all__ = ["BlockedHostError", "ReplayError", "UnmatchedRequestError", "make_failure"]


class ReplayError(errors.ReplayError, Failed):
    """See ``llmcassette.errors.ReplayError``."""

    __repr__ = BaseException.__repr__
    __str__ = BaseException.__str__


class UnmatchedRequestError(errors.UnmatchedRequestError, ReplayError):
    """See ``llmcassette.errors.UnmatchedRequestError``."""


class BlockedHostError(errors.BlockedHostError, ReplayError):
    """See ``llmcassette.errors.BlockedHostError``."""


_FAILURES: Final[dict[type, type]] = {
    errors.ReplayError: ReplayError,
    errors.UnmatchedRequestError: UnmatchedRequestError,
    errors.BlockedHostError: BlockedHostError,
}


def make_failure(error: errors.ReplayError) -> None:
    """Turn an error that is about to be raised into a failure of pytest; its message stays."""
    kind = _FAILURES.get(type(error))
    if kind is not None:
        error.__class__ = kind
        error.msg = str(error)  # type: ignore[attr-defined]
        error.pytrace = True  # type: ignore[attr-defined]
