"""``make release`` cuts a release in one step, or changes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.corpus import ROOT

CHANGELOG = """\
# Changelog

## Unreleased

### Added

- Café mode.

## 0.1.0 - 2026-01-02

### Added

- Everything.
"""

SOURCE = '''\
"""A package."""

__version__ = "0.1.0"
'''


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A clean repository with one release and one unreleased change."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # git sets them for hooks, and they name another repository
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Nobody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "nobody@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "absent"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "repository"
    (folder / "llmcassette").mkdir(parents=True)
    write(folder / "CHANGELOG.md", CHANGELOG)
    write(folder / "llmcassette" / "__init__.py", SOURCE)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="\n")


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")


def state(folder):
    """All that a release may change: commits, tags, files."""
    return git(folder, "log", "--format=%H %D"), git(folder, "status", "--porcelain")


def cut(folder, *arguments):
    script = ROOT / "scripts" / "release.py"
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_a_release_is_one_commit_with_a_tag(repository):
    done = cut(repository, "0.2.0")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Committed and tagged v0.2.0. To publish it:\n\n"
        "  git push --follow-tags\n\n"
        "To undo it instead:\n\n"
        "  git tag --delete v0.2.0 && git reset --hard HEAD~1\n"
    )
    changelog = git(repository, "show", "v0.2.0:CHANGELOG.md")
    assert re.sub(r"(0\.2\.0 - )\d{4}-\d\d-\d\d\n", r"\1TODAY\n", changelog) == CHANGELOG.replace(
        "## Unreleased\n", "## Unreleased\n\n## 0.2.0 - TODAY\n"
    )
    source = git(repository, "show", "v0.2.0:llmcassette/__init__.py")
    assert source == SOURCE.replace("0.1.0", "0.2.0")
    assert git(repository, "log", "--format=%s", "-2").split("\n")[:2] == ["Release 0.2.0", "Work"]
    assert git(repository, "cat-file", "-t", "v0.2.0") == "tag\n"
    assert git(repository, "status", "--porcelain") == ""


def test_the_first_release_may_have_the_version_that_the_source_has(repository):
    write(repository / "CHANGELOG.md", CHANGELOG.partition("## 0.1.0")[0])
    commit(repository)

    done = cut(repository, "0.1.0")

    assert done.returncode == 0, done.stderr
    assert git(repository, "show", "v0.1.0:llmcassette/__init__.py") == SOURCE


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("soon", "'soon' is not a version; use for example 0.1.0"),
        ("v0.2.0", "'v0.2.0' is not a normalized version; use 0.2.0"),
        ("0.1.0", "0.1.0 is not above 0.1.0, the latest in CHANGELOG.md"),
        ("0.0.9", "0.0.9 is not above 0.1.0, the latest in CHANGELOG.md"),
    ],
)
def test_a_wrong_version_changes_nothing(repository, version, message):
    before = state(repository)

    done = cut(repository, version)

    assert (done.returncode, done.stderr) == (1, f"release: {message}\n")
    assert state(repository) == before


def test_a_version_is_needed(repository):
    done = cut(repository, "")

    assert (done.returncode, done.stderr) == (2, "usage: make release VERSION=0.1.0\n")


def test_a_changed_tree_is_left_alone(repository):
    write(repository / "notes.txt", "mine")
    before = state(repository)

    done = cut(repository, "0.2.0")

    assert done.returncode == 1
    assert done.stderr == (
        "release: the working tree has changes; commit or stash them:\n?? notes.txt\n"
    )
    assert state(repository) == before


def test_a_tag_is_never_moved(repository):
    git(repository, "tag", "v0.2.0")
    before = state(repository)

    done = cut(repository, "0.2.0")

    assert (done.returncode, done.stderr) == (1, "release: the tag v0.2.0 exists\n")
    assert state(repository) == before


def test_nothing_to_release(repository):
    write(repository / "CHANGELOG.md", CHANGELOG.replace("### Added\n\n- Café mode.\n\n", ""))
    commit(repository)

    done = cut(repository, "0.2.0")

    assert done.returncode == 1
    assert done.stderr == "release: CHANGELOG.md has nothing under '## Unreleased'\n"


def test_a_commit_that_a_hook_refuses_leaves_the_files_as_they_were(repository):
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    write(hook, "#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    before = state(repository)

    done = cut(repository, "0.2.0")

    assert (done.returncode, done.stderr) == (1, "release: git commit failed:\nnot today\n\n")
    assert state(repository) == before


def test_the_projects_own_changelog_has_one_unreleased_section():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert text.count("\n## Unreleased\n") == 1
