"""Applications under test, served by a test client: not the network, and they outlive a miss."""

from __future__ import annotations

import pytest

APPLICATION = """
import contextlib

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from app import ask, ask_async


@contextlib.asynccontextmanager
async def lifespan(application):
    state.append("up")
    yield
    state.append("down")


state = []


async def answer(request):
    return JSONResponse(await ask_async(request.query_params["q"]))


def answer_in_thread(request):
    return JSONResponse(ask(request.query_params["q"]))


async def stream(request):
    async def pieces():
        yield b"first "
        yield (await ask_async(request.query_params["q"])).encode()

    return StreamingResponse(pieces())


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text(await ask_async(await websocket.receive_text()))
    await websocket.close()


async def grouped(request):
    async with anyio.create_task_group() as group:
        group.start_soon(ask_async, request.query_params["q"])
    return JSONResponse("done")


async def through(request, call_next):
    return await call_next(request)


application = Starlette(
    routes=[
        Route("/answer", answer),
        Route("/thread", answer_in_thread),
        Route("/stream", stream),
        Route("/grouped", grouped),
        WebSocketRoute("/socket", socket),
    ],
    lifespan=lifespan,
)
application.add_middleware(BaseHTTPMiddleware, dispatch=through)


@pytest.fixture(scope="module")
def client():
    with TestClient(application) as client:
        yield client
    assert state == ["up", "down"]


pytestmark = pytest.mark.llm_cassette("a.yaml")
"""


@pytest.mark.parametrize("route", ["answer", "thread", "stream", "grouped"])
def test_a_test_client_with_a_lifespan_serves_on_after_a_miss(project, route):
    project.cassette("a.yaml", "one")
    project.test(
        APPLICATION,
        f"""
        def test_before(client):
            assert "one" in client.get("/answer", params={{"q": "one"}}).text
        def test_miss(client):
            client.get("/{route}", params={{"q": "two"}})
        def test_after(client):
            assert "one" in client.get("/answer", params={{"q": "one"}}).text
        """,
    )

    result = project.run("-W", "error")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_miss - question changed: no recorded*"])
    result.stdout.fnmatch_lines(["test_it.py:*: UnmatchedRequestError"])


def test_a_websocket_session_serves_on_after_a_miss(project):
    project.cassette("a.yaml", "one")
    project.test(
        APPLICATION,
        """
        @pytest.mark.parametrize("question", ["one", "two", "one"])
        def test_x(client, question):
            with client.websocket_connect("/socket") as session:
                session.send_text(question)
                assert session.receive_text() == "re: one"
        """,
    )

    project.run("-W", "error").assert_outcomes(passed=2, failed=1)


def test_a_miss_in_the_application_can_be_expected(project):
    project.cassette("a.yaml", "one")
    project.test(
        APPLICATION,
        """
        import llmcassette
        @pytest.mark.parametrize("question", ["two", "three"])
        def test_x(client, question):
            with pytest.raises(llmcassette.UnmatchedRequestError):
                client.get("/answer", params={"q": question})
        """,
    )

    project.run("-W", "error").assert_outcomes(passed=2)


def test_other_errors_of_the_application_come_through_as_they_are(project):
    project.cassette("a.yaml", "one")
    project.test(
        APPLICATION,
        """
        async def broken(request):
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep, 0)
                raise ZeroDivisionError
        application.router.routes.append(Route("/broken", broken))
        def test_x(client):
            with pytest.raises((ZeroDivisionError, ExceptionGroup)):
                client.get("/broken")
        """,
    )

    project.run("-W", "error").assert_outcomes(passed=1)
