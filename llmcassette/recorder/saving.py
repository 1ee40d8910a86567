"""From what was recorded to the file: redacted, searched for secrets, merged by the mode."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.matching import Index
from llmcassette.recorder.run import current_run
from llmcassette.redaction import Secrets, collect_secrets, redact_interaction, scrub_text, seal
from llmcassette.storage.saving import save as save_file
from llmcassette.storage.saving import save_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llmcassette.matching import Rules
    from llmcassette.model import Cassette, Interaction
    from llmcassette.recorder.modes import Mode
    from llmcassette.redaction import Redaction

__all__ = ["Change", "File", "fit_to_write", "merged", "refusal", "renewed", "save"]

Change: TypeAlias = "Callable[[Cassette, Sequence[Interaction]], tuple[Interaction, ...]]"

log = logging.getLogger("llmcassette")


def fit_to_write(
    recorded: Sequence[Interaction], redaction: Redaction, known: Secrets | None = None
) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...]]:
    """Take out what must not reach a file.

    Args:
        recorded: as it was sent and received.
        redaction: what the settings say about it.
        known: secrets besides those that the environment holds now and that the requests carry.

    Returns:
        What may be written, and an error for each reason why another interaction may not: a secret
        that cannot be replaced where it stands, or a redaction function that failed.
    """
    if not recorded:
        return (), ()
    return _sealed(recorded, redaction, _secrets(recorded, redaction, known))


def _secrets(
    recorded: Sequence[Interaction], redaction: Redaction, known: Secrets | None
) -> Secrets:
    secrets = collect_secrets(os.environ, None, redaction)
    if known is not None:
        secrets |= known
    for interaction in recorded:
        secrets |= collect_secrets({}, interaction.request, redaction)
    return secrets


def _sealed(
    recorded: Sequence[Interaction], redaction: Redaction, secrets: Secrets
) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...]]:
    fit: list[Interaction] = []
    refused: list[CassetteError] = []
    for interaction in recorded:
        try:
            sealed = seal(redact_interaction(interaction, redaction), secrets)
        except CassetteError as error:
            refused.append(CassetteError(f"interaction {interaction.id}: {error.problem}"))
            continue
        held = [finding for finding in sealed.findings if not finding.redactable]
        if held:
            refused += [CassetteError(str(finding)) for finding in held]
        else:
            fit.append(sealed.interaction)
    return tuple(fit), tuple(refused)


def merged(
    before: Cassette,
    recorded: Sequence[Interaction],
    mode: Mode,
    rules: Rules,
    *,
    since: int | None = None,
) -> tuple[Interaction, ...]:
    """The interactions of the new file.

    Args:
        before: the file as it is now; empty where it is to be replaced.
        recorded: fit to be written, in the order the requests were made.
        mode: ``all`` replaces what was recorded again, every other adds.
        rules: what makes a request the same one.
        since: the position of the first interaction that was recorded in this run, by another test
            or another process. What answers the same request is not added: each opens the file
            afresh, and plays the first. ``None`` where nothing was.
    """
    start = 0 if mode == "all" else len(before.interactions) if since is None else since
    held = before.interactions[start:]
    if not held:
        return (*before.interactions, *recorded)
    old = Index(held, replace(rules, allow_repeats=False, ordered=False))
    result = list(before.interactions)
    for interaction in recorded:
        match = old.take(interaction.request)
        if match is None:
            result.append(interaction)
        elif mode == "all":
            result[start + match.position] = interaction
    return tuple(result)


def renewed(
    before: Cassette, recorded: Sequence[Interaction], rules: Rules
) -> tuple[Interaction, ...]:
    """The interactions of a file of which some were recorded again, each with its number in it.

    Args:
        before: the file as it is now.
        recorded: fit to be written. What the file no longer holds at that place is left out.
        rules: what makes a request the same one.
    """
    result = list(before.interactions)
    for interaction in recorded:
        at = slice(interaction.id, interaction.id + 1)
        held = Index(tuple(result[at]), replace(rules, allow_repeats=False, ordered=False))
        if held.take(interaction.request) is not None:
            result[at] = [interaction]
    return tuple(result)


class File(NamedTuple):
    """The file that is written.

    Attributes:
        path: where it is.
        opened: what it held when it was opened; it is read again if it has changed since.
        is_replaced: whether what it holds now is dropped; called while no other process can write.
    """

    path: Path
    opened: Cassette | None = None
    is_replaced: Callable[[], bool] | None = None


def save(
    file: File,
    recorded: Sequence[Interaction],
    change: Change,
    redaction: Redaction,
    known: Secrets | None = None,
) -> bool:
    """Write what was recorded, if anything was.

    Args:
        file: the cassette's.
        recorded: as it was sent and received.
        change: how it goes together with what is there: ``merged`` or ``renewed``, but for their
            first two arguments.
        redaction: see ``fit_to_write``.
        known: see ``fit_to_write``.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: something may not be written, or the file can't be. The cassette is as it
            was then, and what may be written is in another file, which the error names.
    """
    path = file.path
    secrets = _secrets(recorded, redaction, known)
    _name_skipped(secrets)
    fit, refused = _sealed(recorded, redaction, secrets)
    named = next(secrets.find(os.fsencode(path.name)), None)
    if named is not None:
        path = path.with_name(scrub_text(path.name, secrets))
        error = CassetteError(
            f"not saved, for the name of its file holds {named[2]}.\n"
            "If it comes from a parameter of the test, give that an id: pytest.param(..., id=...).",
            path=path,
        )
        raise save_beside(fit, path, error) if fit else error
    if refused:
        raise refusal(path, fit, refused)
    if not fit:
        return False
    return save_file(
        path,
        lambda before: replace(before, interactions=change(before, fit)),
        replaces=file.is_replaced,
        known=file.opened,
    )


def refusal(
    path: Path, fit: Sequence[Interaction], refused: Sequence[CassetteError]
) -> CassetteError:
    """The error of a cassette that is not saved, since some of it may not be written.

    Args:
        path: the cassette.
        fit: what may be written; it is saved beside.
        refused: why the rest may not, see ``fit_to_write``.
    """
    places = "".join(f"\n  {error}" for error in refused)
    error = CassetteError(
        "not saved, for what was recorded may not be written as it is:"
        f"{places}\n"
        "Keep it out of the conversation, or remove it with a redaction function.",
        path=path,
    )
    return save_beside(fit, path, error) if fit else error


def _name_skipped(secrets: Secrets) -> None:
    """Tell, once in a run, which variables and headers hold nothing that can be looked for."""
    names = [name for name in secrets.skipped if name not in current_run.unsought]
    if names:
        current_run.unsought.update(names)
        log.info(
            "not looked for in what is recorded, since the value is too short or too plain: %s;"
            " to have a variable looked for all the same, name it in secret_env",
            ", ".join(names),
        )
