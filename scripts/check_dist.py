"""Check the archives in a folder, and try the wheel in an environment of its own: ``make dist``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from email.parser import BytesParser
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("llmcassette", "conftest_plugin")
AGENT = ROOT / "examples" / "weather_agent"
TUTORIAL = ROOT / "scripts" / "run_tutorial.py"
EXAMPLE = r"<!-- file: test_weather_agent.py -->\s*```python\n(.*?)```"


def main(folder: Path) -> None:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    version = wheel.name.split("-")[1]
    check_wheel(wheel)
    check_sdist(sdist)
    with tempfile.TemporaryDirectory() as place:
        try_wheel(wheel.resolve(), Path(place), version)
    print(f"{wheel.name} and {sdist.name} are complete, and the wheel works")


def check_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        description = BytesParser().parsebytes(archive.read(metadata)).get_payload()
    modules = {name for name in names if ".dist-info/" not in name}
    expect_equal("modules of the wheel", modules, files_of(*PACKAGES))
    relative = re.findall(r"\[[^]\n]*\]\((?!https:|#)[^)\n]*\)", description)
    expect_equal("links that an index page can't follow", set(relative), set())


def check_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = files_of(*PACKAGES, "tests", "docs", "examples", "sample_cassettes")
    files |= {"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "pyproject.toml"}
    expect_equal("files that the sdist lacks", files - names, set())
    built = {name for name in names if re.match(r"(\.venv|dist/|build/|.*\.pyc$)", name)}
    expect_equal("files that don't belong in the sdist", built, set())


def try_wheel(wheel: Path, place: Path, version: str) -> None:
    """Install it as a user does, and run README's example and the tutorial."""
    venv.create(place / "venv", with_pip=True)
    scripts = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    project = place / "project"
    project.mkdir()
    run([python, "-m", "pip", "install", "--quiet", str(wheel), "openai"], project)
    shown = run([str(scripts / "llmcassette"), "--version"], project)
    expect_equal("llmcassette --version", shown.strip(), f"llmcassette {version}")

    example = re.search(EXAMPLE, (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    if example is None:
        sys.exit("README has no first example")
    (project / "test_weather_agent.py").write_text(example[1], encoding="utf-8")
    (project / "agent.py").write_bytes((AGENT / "agent.py").read_bytes())
    (project / "cassettes").mkdir()
    for cassette in (AGENT / "cassettes").iterdir():
        (project / "cassettes" / cassette.name).write_bytes(cassette.read_bytes())
    shown = run([str(scripts / "pytest")], project)
    for words in ("replayed 2 interactions", "1 passed"):
        if words not in shown:
            sys.exit(f"{shown}README's first example doesn't print {words!r}")
    if os.name != "nt":  # the page's cp is PowerShell's there
        run([sys.executable, str(TUTORIAL), "--bin", str(scripts)], place)


def files_of(*folders: str) -> set[str]:
    """The files of the project in some folders, as git knows them."""
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders], ROOT)
    return set(listed.splitlines())


def run(command: list[str], folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{command[0]} ended with {done.returncode}")
    return done.stdout


def expect_equal(subject: str, found: object, expected: object) -> None:
    if found != expected:
        if isinstance(found, set) and isinstance(expected, set):
            found, expected = sorted(found - expected), sorted(expected - found)
        sys.exit(f"{subject}: found {found}, expected {expected}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
