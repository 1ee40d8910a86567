"""What a server tells of itself under ``/__llmcassette__/``, and ``reset``."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from llmcassette.errors import CassetteError, shown_path
from llmcassette.matching.miss.report import MissReport
from llmcassette.server.cassettes import place_in

if TYPE_CHECKING:
    from starlette.responses import Response

    from llmcassette.errors import ReplayError
    from llmcassette.recorder.engine import Engine
    from llmcassette.server.connection import Connection
    from llmcassette.server.runs import Run, Runs

__all__ = ["control"]

SCHEMA: Final = 1
STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color-scheme:light dark}td,th{text-align:left;padding:.15rem 1rem .15rem 0}"
    "pre{overflow:auto;padding:1rem;border:1px solid #8886;border-radius:6px}"
)


async def control(runs: Runs, name: str, path: bytes, connection: Connection) -> None:
    """Answer a request to the server itself.

    Args:
        runs: the runs of the server.
        name: the run that the path names; empty for none.
        path: what follows ``/__llmcassette__``.
        connection: the connection to the client.
    """
    response = _answer(runs, name, path.strip(b"/"), connection)
    await connection.head(response.status_code, response.raw_headers)
    await connection.end(bytes(response.body))


def _answer(runs: Runs, name: str, path: bytes, connection: Connection) -> Response:
    method = connection.scope["method"]
    if path == b"reset":
        if method != "POST":
            return PlainTextResponse("Send POST.\n", HTTPStatus.METHOD_NOT_ALLOWED)
        if connection.header(b"sec-fetch-site") not in {"", "none", "same-origin"}:
            return PlainTextResponse("Not from another site.\n", HTTPStatus.FORBIDDEN)
        try:
            runs.reset(name or None)
        except CassetteError as error:
            return PlainTextResponse(f"{error}\n", HTTPStatus.CONFLICT)
        return JSONResponse(_document(runs, name))
    if path:
        return PlainTextResponse("There is /__llmcassette__/ and reset.\n", HTTPStatus.NOT_FOUND)
    if "text/html" in connection.header(b"accept"):
        return HTMLResponse(_page(runs, name))
    return JSONResponse(_document(runs, name))


def _chosen(runs: Runs, name: str) -> dict[str, Run]:
    return {each: run for each, run in runs.all().items() if not name or each == name}


def _document(runs: Runs, name: str) -> dict[str, object]:
    chosen = _chosen(runs, name)
    return {
        "schema": SCHEMA,
        "runs": {each: _json(run.cassette) for each, run in chosen.items()},
    }


def _json(cassette: Engine) -> dict[str, object]:
    unplayed = {id(interaction) for interaction in cassette.player.unplayed}
    all_of = enumerate(cassette.player.index.interactions)
    return {
        "mode": cassette.mode,
        "played": [_row(cassette, position) for position in cassette.player.played_positions],
        "unplayed": [_row(cassette, at) for at, each in all_of if id(each) in unplayed],
        "recorded": len(cassette.recorded) if cassette.contents.records else 0,
        "missed": [_miss(error) for error in cassette.errors],
    }


def _miss(error: ReplayError) -> dict[str, object]:
    report = getattr(error, "report", None)
    request = f"{report.method} {report.url}" if isinstance(report, MissReport) else ""
    return {"request": request, "report": str(error)}


def _row(cassette: Engine, position: int) -> dict[str, object]:
    path, at = place_in(cassette, position)
    request = cassette.player.index.interactions[position].request
    return {
        "cassette": shown_path(path),
        "interaction": at,
        "request": f"{request.method} {request.url}",
    }


def _page(runs: Runs, name: str) -> str:
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>llmcassette</title>",
        f"<style>{STYLE}</style><h1>llmcassette</h1>",
    ]
    chosen = _chosen(runs, name)
    if not chosen:
        parts.append("<p>No request has come yet.</p>")
    for each, run in chosen.items():
        document = _json(run.cassette)
        parts.append(f"<h2>{escape(f'Run {each}' if each else 'Requests')}</h2>")
        for title in ("missed", "unplayed", "played"):
            rows = document[title]
            assert isinstance(rows, list)
            parts.append(f"<h3>{len(rows)} {title}</h3>")
            if title == "missed":
                parts += [f"<pre>{escape(row['report'])}</pre>" for row in rows]
            elif rows:
                parts.append(_table(rows))
    return "\n".join(parts) + "\n"


def _table(rows: list[dict[str, object]]) -> str:
    body = "".join(
        "<tr>"
        f"<td>{escape(str(row['cassette']))}<td>{row['interaction']}"
        f"<td>{escape(str(row['request']))}"
        for row in rows
    )
    return f"<table><tr><th>cassette<th>interaction<th>request{body}</table>"
