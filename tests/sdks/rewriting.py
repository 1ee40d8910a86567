"""Copies of a cassette whose requests are worded as a Python SDK words them.

The corpus was sent by Go programs. Where a Python SDK says the same in other words, a test plays a
copy in a temporary folder, and the change of words stands in that test; answers stay as they are.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from llmcassette import Interaction, dump, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmcassette import Request


def reworded(
    path: Path,
    folder: Path,
    *,
    body: Callable[[Any], Any] = lambda body: body,
    url: Callable[[str], str] = lambda url: url,
) -> Path:
    """Write a copy in which every request's JSON body and URL went through the two functions."""
    cassette = load(path)
    interactions = tuple(
        Interaction(
            interaction.id,
            dataclasses.replace(
                interaction.request,
                body=json.dumps(body(asked(interaction.request))).encode(),
                url=url(interaction.request.url),
            ),
            interaction.response,
        )
        for interaction in cassette.interactions
    )
    copy = folder / path.name
    dump(dataclasses.replace(cassette, interactions=interactions), copy)
    return copy


def asked(request: Request, *extra: str) -> Any:
    """What a request asked for, as the keyword arguments of an SDK whose API is the wire's own.

    ``extra`` are the fields that the SDK knows by no keyword, and takes as ``extra_body``.
    """
    fields = json.loads(request.body)
    unknown = {name: fields.pop(name) for name in extra if name in fields}
    return {**fields, "extra_body": unknown} if unknown else fields
