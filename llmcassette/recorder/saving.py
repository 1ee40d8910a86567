"""From what was recorded to the file: redacted, searched for secrets, merged by the mode."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.matching import Index
from llmcassette.redaction import collect_secrets, redact_interaction, seal
from llmcassette.storage.saving import save as save_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcassette.matching import Rules
    from llmcassette.model import Cassette, Interaction
    from llmcassette.recorder.modes import Mode
    from llmcassette.redaction import Redaction

__all__ = ["fit_to_write", "merged", "save"]


def fit_to_write(
    recorded: Sequence[Interaction], redaction: Redaction
) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...]]:
    """Take out what must not reach a file.

    Args:
        recorded: as it was sent and received.
        redaction: what the settings say about it.

    Returns:
        What may be written, and an error for each secret that cannot be replaced where it stands;
        the interaction that has it is not among the first.
    """
    secrets = collect_secrets(os.environ, None, redaction)
    for interaction in recorded:
        secrets |= collect_secrets({}, interaction.request, redaction)
    fit: list[Interaction] = []
    refused: list[CassetteError] = []
    for interaction in recorded:
        sealed = seal(redact_interaction(interaction, redaction), secrets)
        held = [finding for finding in sealed.findings if not finding.redactable]
        if held:
            refused += [CassetteError(str(finding)) for finding in held]
        else:
            fit.append(sealed.interaction)
    return tuple(fit), tuple(refused)


def merged(
    before: Cassette, recorded: Sequence[Interaction], mode: Mode, rules: Rules
) -> tuple[Interaction, ...]:
    """The interactions of the new file.

    Args:
        before: the file as it is now.
        recorded: fit to be written, in the order the requests were made.
        mode: ``all`` replaces what was recorded again, every other mode adds.
        rules: what makes a request the same one, for ``all``.
    """
    if mode != "all":
        return (*before.interactions, *recorded)
    old = Index(before.interactions, rules)
    result = list(before.interactions)
    for interaction in recorded:
        match = old.take(interaction.request)
        if match is None:
            result.append(interaction)
        else:
            result[match.position] = interaction
    return tuple(result)


def save(
    path: Path, recorded: Sequence[Interaction], *, mode: Mode, redaction: Redaction, rules: Rules
) -> bool:
    """Write what was recorded, if anything was.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: a secret cannot be replaced, or the file cannot be written. What could be
            written safely has been, here or under the name that the error tells.
    """
    fit, refused = fit_to_write(recorded, redaction)
    if refused:
        places = "\n".join(f"  {error}" for error in refused)
        raise CassetteError(
            "not saved: a secret is in what was recorded, where it cannot be replaced:\n"
            f"{places}\n"
            "Keep it out of the conversation, or remove it with a redaction function.",
            path=path,
        )
    if not fit:
        return False
    strict = replace(rules, allow_repeats=False, ordered=False, matcher=None)
    return save_file(
        path,
        lambda before: replace(before, interactions=merged(before, fit, mode, strict)),
        anew=mode == "rewrite",
    )
