"""The origins that a cassette has recordings of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from llmcassette.recorder.run import PLACEHOLDER

if TYPE_CHECKING:
    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["as_recorded", "holds"]

_authorities: Final[WeakKeyDictionary[Engine, frozenset[str]]] = WeakKeyDictionary()


def holds(cassette: Engine, origin: Origin) -> bool:
    """Whether a cassette's file has recordings of an origin."""
    return origin.authority.lower() in _of(cassette)


def as_recorded(cassette: Engine, origin: Origin) -> Origin:
    """An origin with the recorded region of AWS in place of a placeholder.

    A client that finds no region gets the placeholder as one, and makes it a part of the host.
    """
    if PLACEHOLDER not in origin.host:
        return origin
    parts = map(re.escape, origin.authority.lower().split(PLACEHOLDER))
    pattern = re.compile("[a-z0-9-]+".join(parts))
    found = [known for known in _of(cassette) if pattern.fullmatch(known)]
    return origin._replace(host=found[0]) if len(found) == 1 else origin


def _of(cassette: Engine) -> frozenset[str]:
    """Hosts and ports, as in URLs."""
    known = _authorities.get(cassette)
    if known is None:
        file = cassette.contents.file
        interactions = cassette.contents.played if file is None else file.interactions
        urls = {interaction.request.url for interaction in interactions}
        known = _authorities[cassette] = frozenset(urlsplit(url).netloc.lower() for url in urls)
    return known
