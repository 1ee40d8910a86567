"""Each real file of another tool, imported and compared with a second reading by PyYAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmcassette import formats
from llmcassette.errors import CassetteError
from llmcassette.formats.durations import parse_duration
from llmcassette.formats.importing import import_text
from llmcassette.review.edit.conversion import import_file
from tests.corpus import corpus_files, corpus_id, needs_corpus
from tests.formats.foreign_reading import govcr_values, vcrpy_values

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Headers, Interaction

pytestmark = needs_corpus


def plain(headers: Headers) -> dict[str, list[str]]:
    return {name: list(headers.get_list(name)) for name in headers if headers.get_list(name)}


def values(interaction: Interaction) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
    return {
        "method": request.method,
        "url": request.url,
        "request_headers": plain(request.headers),
        "request_body": request.body,
        "code": response.code,
        "response_headers": plain(response.headers),
        "response_body": response.body,
    }


@pytest.mark.parametrize("path", corpus_files("vcrpy-v1"), ids=corpus_id)
def test_vcrpy_file_comes_out_value_for_value(path: Path) -> None:
    imported, _ = import_file(path)
    read_back = formats.read(formats.write(imported.cassette))
    found = [
        {**values(one), "reason": one.response.status.partition(" ")[2]}
        for one in read_back.interactions
    ]
    assert imported.format == "vcrpy"
    assert imported.left_out == ()
    assert found == vcrpy_values(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", corpus_files("go-vcr-v1"), ids=corpus_id)
def test_go_vcr_file_comes_out_value_for_value(path: Path) -> None:
    imported, _ = import_file(path)
    read_back = formats.read(formats.write(imported.cassette))
    expected = govcr_values(path.read_text(encoding="utf-8"))
    for value in expected:
        value["duration"] = parse_duration(value["duration"] or "0s")
    found = [
        {
            **values(one),
            "form": plain(one.request.form),
            "status": one.response.status,
            "duration": one.response.duration,
        }
        for one in read_back.interactions
    ]
    assert imported.format == "go-vcr 1"
    for ours, theirs in zip(found, expected, strict=True):
        theirs["form"] = theirs["form"] or ours["form"]  # older go-vcr didn't write the query
    assert found == expected


@pytest.mark.parametrize("path", corpus_files("not-cassettes"), ids=corpus_id)
def test_what_holds_no_http_is_refused_with_the_reason(path: Path) -> None:
    with pytest.raises(CassetteError, match="expected an HTTP request and response") as caught:
        import_text(path.read_text(encoding="utf-8"), path=path)
    assert (caught.value.path, caught.value.line) == (path, 1)


def test_repeated_headers_and_gzip_and_binary_are_among_the_files() -> None:
    interactions = [
        one
        for kind in ("vcrpy-v1", "go-vcr-v1")
        for path in corpus_files(kind)
        for one in import_file(path)[0].cassette.interactions
    ]
    repeated = [
        name for one in interactions for name, many in one.response.headers.fields if many[1:]
    ]
    assert len(repeated) > 20
    assert sum(one.response.uncompressed for one in interactions) == 10
