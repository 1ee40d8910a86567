"""Cut a release: ``make release VERSION=0.1.0``, on the commit that is to be released.

Moves the changelog's *Unreleased* section to the version, sets ``__version__``, commits and tags.
Nothing is pushed.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from packaging.version import InvalidVersion, Version

CHANGELOG: Final = Path("CHANGELOG.md")
SOURCE: Final = Path("llmcassette/__init__.py")

UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
RELEASED = re.compile(r"^## (\d\S*)", re.MULTILINE)
DUNDER = re.compile(r'^__version__(: Final)? = "([^"]*)"', re.MULTILINE)


class ReleaseError(Exception):
    """The release can't be cut; nothing has changed."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print("usage: make release VERSION=0.1.0", file=sys.stderr)
        return 2
    try:
        release(arguments[0])
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


def release(version: str) -> None:
    tag = f"v{version}"
    check_version(version)
    if changed := git("status", "--porcelain"):
        raise ReleaseError(f"the working tree has changes; commit or stash them:\n{changed}")
    if git("tag", "--list", tag):
        raise ReleaseError(f"the tag {tag} exists")
    today = dt.datetime.now(dt.UTC).date()
    changelog = dated(CHANGELOG.read_text(encoding="utf-8"), version, today)
    source = versioned(SOURCE.read_text(encoding="utf-8"), version)

    write(CHANGELOG, changelog)
    write(SOURCE, source)
    try:
        git("commit", "--all", "--message", f"Release {version}")
        git("tag", "--annotate", tag, "--message", f"Release {version}")
    except ReleaseError:
        git("restore", "--staged", "--worktree", str(CHANGELOG), str(SOURCE))
        raise
    print(f"Committed and tagged {tag}. To publish it:\n\n  git push --follow-tags\n")
    print(f"To undo it instead:\n\n  git tag --delete {tag} && git reset --hard HEAD~1")


def check_version(version: str) -> None:
    try:
        normal = str(Version(version))
    except InvalidVersion:
        raise ReleaseError(f"{version!r} is not a version; use for example 0.1.0") from None
    if normal != version:
        raise ReleaseError(f"{version!r} is not a normalized version; use {normal}")


def dated(changelog: str, version: str, today: dt.date) -> str:
    """The changelog with its unreleased changes under the version, and an empty section above."""
    unreleased = UNRELEASED.search(changelog)
    if unreleased is None or not unreleased[1].strip():
        raise ReleaseError(f"{CHANGELOG} has nothing under '## Unreleased'")
    released = [Version(found) for found in RELEASED.findall(changelog)]
    if released and Version(version) <= max(released):
        raise ReleaseError(f"{version} is not above {max(released)}, the latest in {CHANGELOG}")
    heading = f"## Unreleased\n\n## {version} - {today}\n"
    return changelog[: unreleased.start()] + heading + changelog[unreleased.start(1) :]


def versioned(source: str, version: str) -> str:
    changed, count = DUNDER.subn(rf'__version__\g<1> = "{version}"', source)
    if count != 1:
        raise ReleaseError(f'{SOURCE} has {count} lines __version__ = "...", expected 1')
    return changed


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed:\n{done.stderr or done.stdout}")
    return done.stdout.rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
