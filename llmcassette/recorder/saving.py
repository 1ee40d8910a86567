"""Saving what was recorded: redacted, searched for secrets, and merged as the mode says."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.formats.go_forms import with_form
from llmcassette.matching import Index
from llmcassette.model import Interaction
from llmcassette.recorder.run import current_run
from llmcassette.redaction import (
    Secrets,
    collect_secrets,
    redact_interaction,
    scrub_text,
    seal,
    secrets_of,
)
from llmcassette.redaction.marked_places import with_marked_places
from llmcassette.storage import load
from llmcassette.storage.locked_saving import save as save_file
from llmcassette.storage.locked_saving import save_beside
from llmcassette.streams.codings import verify_interaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llmcassette.matching import Rules
    from llmcassette.model import Cassette
    from llmcassette.recorder.modes import Mode
    from llmcassette.redaction import Redaction

__all__ = ["Change", "File", "fit_to_write", "merged", "refusal", "renewed", "save"]

Change: TypeAlias = "Callable[[Cassette, Sequence[Interaction]], tuple[Interaction, ...]]"

log = logging.getLogger("llmcassette")


def fit_to_write(
    recorded: Sequence[Interaction], redaction: Redaction, known: Secrets | None = None
) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...]]:
    """Redact interactions, and leave out those that must not be written.

    Args:
        recorded: as sent and received.
        redaction: what is redacted.
        known: secrets in addition to those in the environment now and in the requests.

    Returns:
        The redacted interactions that may be written, and an error for each reason why another may
        not: a secret that can't be replaced in its place, or a redaction function that failed.
    """
    if not recorded:
        return (), ()
    fit, refused, _ = _sealed(recorded, redaction, known)
    return fit, refused


def _sealed(
    recorded: Sequence[Interaction],
    redaction: Redaction,
    known: Secrets | None,
    file: File | None = None,
) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...], Secrets]:
    """As ``fit_to_write``, and the secrets that were searched for."""
    pairs: list[tuple[Interaction, Interaction]] = []
    refused: list[CassetteError] = []
    replaced = _with_stand_ins(redaction, file)
    for interaction in recorded:
        try:
            verify_interaction(interaction, redaction.bounds)
            pairs.append((interaction, redact_interaction(interaction, redaction)))
        except CassetteError as error:
            refused.append(error.at(interaction=interaction.id))
    secrets = collect_secrets(os.environ, None, redaction)
    if known is not None:
        secrets |= known
    secrets = secrets_of(pairs, secrets, redaction)
    fit: list[Interaction] = []
    for original, redacted in pairs:
        sealed = seal(redacted, secrets)
        left = [finding for finding in sealed.findings if not finding.redactable]
        if left:
            refused += [CassetteError(str(finding)) for finding in left]
        else:
            one = replaced(with_marked_places(original, sealed.interaction))
            fit.append(Interaction(one.id, with_form(one.request), one.response, one.redacted))
    return tuple(fit), tuple(refused), secrets


def _with_stand_ins(
    redaction: Redaction, file: File | None
) -> Callable[[Interaction], Interaction]:
    """A function that replaces personal data; the same value has the same stand-in in all calls."""
    if not redaction.personal_kinds:
        return lambda interaction: interaction
    from llmcassette.redaction.personal_data import (
        StandIns,
        replace_personal_data,
        taken_stand_ins,
    )

    kept = file.kept() if file is not None else ()
    stand_ins = StandIns(redaction, taken=taken_stand_ins(kept, redaction))
    return partial(replace_personal_data, stand_ins=stand_ins)


def merged(
    before: Cassette,
    recorded: Sequence[Interaction],
    mode: Mode,
    rules: Rules,
    *,
    since: int | None = None,
    left_out: Callable[[Interaction], object] | None = None,
) -> tuple[Interaction, ...]:
    """The interactions of the new file.

    Args:
        before: the file as it is now; empty if it is replaced.
        recorded: redacted, in the order of the requests.
        mode: ``all`` replaces what was recorded again, every other mode adds.
        rules: what makes two requests the same.
        since: position of the first interaction that another test or process recorded in this run.
            An answer to the same request is not added: each test opens the file afresh, and plays
            the first. ``None`` if there is none.
        left_out: called with each that is not added though its answer is another.
    """
    start = 0 if mode == "all" else len(before.interactions) if since is None else since
    replaceable = before.interactions[start:]
    if not replaceable:
        return (*before.interactions, *recorded)
    old = Index(replaceable, replace(rules, allow_repeats=False, ordered=False))
    result = list(before.interactions)
    for interaction in recorded:
        match = old.take(interaction.request)
        if match is None:
            result.append(interaction)
        elif mode == "all":
            result[start + match.position] = interaction
        elif left_out is not None and not _answers_alike(match.interaction, interaction):
            left_out(interaction)
    return tuple(result)


def _answers_alike(one: Interaction, other: Interaction) -> bool:
    first, second = one.response, other.response
    return (first.code, first.body) == (second.code, second.body)


def renewed(
    before: Cassette, recorded: Sequence[Interaction], rules: Rules
) -> tuple[Interaction, ...]:
    """The interactions of a file of which some were recorded again.

    Args:
        before: the file as it is now.
        recorded: redacted; ``id`` is the position in the file. One whose request is no longer at
            that position is left out.
        rules: what makes two requests the same.
    """
    result = list(before.interactions)
    for interaction in recorded:
        at = slice(interaction.id, interaction.id + 1)
        old = Index(tuple(result[at]), replace(rules, allow_repeats=False, ordered=False))
        if old.take(interaction.request) is not None:
            result[at] = [interaction]
    return tuple(result)


class File(NamedTuple):
    """The file that is written.

    Attributes:
        path: where it is.
        opened: its content when it was opened; it is read again if it has changed since.
        is_replaced: whether its present content is dropped; called under the file's lock.
        is_added_to: whether its interactions stay, and what was recorded comes behind them.
    """

    path: Path
    opened: Cassette | None = None
    is_replaced: Callable[[], bool] | None = None
    is_added_to: bool = False

    def kept(self) -> tuple[Interaction, ...]:
        """The interactions that stay; none if the file can't be read, which saving reports."""
        if self.is_added_to and not (self.is_replaced is not None and self.is_replaced()):
            with suppress(CassetteError):
                return load(self.path).interactions
        return ()


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
        recorded: as sent and received.
        change: ``merged`` or ``renewed``, with all but their first two arguments.
        redaction: see ``fit_to_write``.
        known: see ``fit_to_write``.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: something must not be written, or the file can't be. The cassette stays as
            it was, and what may be written is in another file, which the error names.
    """
    path = file.path
    fit, refused, secrets = _sealed(recorded, redaction, known, file)
    _name_skipped(secrets)
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
    """The error of a cassette that is not saved, since some of it must not be written.

    Args:
        path: the cassette.
        fit: what may be written; it is saved under another name.
        refused: why the rest may not; see ``fit_to_write``.
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
    """Log, once in a run, which variables and headers were not scanned for."""
    names = [name for name in secrets.skipped if name not in current_run.unscanned]
    if names:
        current_run.unscanned.update(names)
        log.info(
            "not looked for in what is recorded, since the value is too short, too plain or a"
            " placeholder: %s; to have a variable looked for all the same, name it in secret_env",
            ", ".join(names),
        )
