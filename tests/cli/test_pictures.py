"""The README's pictures show what the commands print."""

from __future__ import annotations

import html
import importlib.util
import re

import pytest

from tests.corpus import ROOT

SCRIPT = ROOT / "scripts" / "pictures.py"


@pytest.fixture(scope="module")
def pictures():
    spec = importlib.util.spec_from_file_location("pictures", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_in(svg: str) -> str:
    """The text of a picture; how it is drawn depends on the version of rich."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)
    return re.sub(r"\s+", "", html.unescape("".join(texts)))


def test_they_are_up_to_date(pictures):
    drawn = pictures.pictures()

    assert sorted(path.name for path in drawn) == ["diff.svg", "inspect.svg"]
    for path, svg in drawn.items():
        assert text_in(path.read_text("utf-8")) == text_in(svg), "run python scripts/pictures.py"


def test_they_load_nothing_from_elsewhere(pictures):
    for path in pictures.pictures():
        assert not re.search(r"url\(.?http|<image|<script", path.read_text("utf-8"))


def test_the_script_writes_them_and_names_those_that_were_stale(
    pictures, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(pictures, "PICTURES", tmp_path / "pictures")
    drawn = {tmp_path / "pictures" / "a.svg": "<svg/>"}
    monkeypatch.setattr(pictures, "pictures", lambda: drawn)
    monkeypatch.setattr(pictures, "ROOT", tmp_path)

    assert pictures.main(["--check"]) == 1
    assert pictures.main([]) == 0
    assert pictures.main(["--check"]) == 0
    assert capsys.readouterr().out == "pictures/a.svg\n" * 2
