"""Fixtures of marked tests that send a request while no cassette is open."""

from __future__ import annotations

import httpx
import pytest

from tests.plugin.conftest import section

START = """
import pytest, pytest_asyncio, unittest
from app import ask, ask_async, ask_swallowing
"""

ADVICE = (
    "Give it a cassette of its own with the fixture `llm_cassettes`:\n"
    '    with llm_cassettes("index.yaml"): ...\n'
    "or name the host in pass_hosts, if it is to be reached."
)

BY_HAND = (
    "Give it a cassette of its own:\n"
    '    with llmcassette.use_cassette("cassettes/index.yaml"): ...\n'
    "or name the host in pass_hosts, if it is to be reached."
)

SET_UP = {
    "session": (
        """
@pytest.fixture(scope="session")
def index():
    return ask("one")

@pytest.mark.llm_cassette("a.yaml")
def test_x(index): pass
""",
        "the session-scoped fixture 'index'",
        6,
    ),
    "module, autouse, swallowed": (
        """
@pytest.fixture(scope="module", autouse=True)
def index():
    return ask_swallowing("one")

@pytest.mark.llm_cassette("a.yaml")
def test_x(): pass
""",
        "the module-scoped fixture 'index'",
        None,
    ),
    "asynchronous": (
        """
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def index():
    return await ask_async("one")

@pytest.mark.llm_cassette("a.yaml")
def test_x(index): pass
""",
        "the session-scoped fixture 'index'",
        6,
    ),
    "below another": (
        """
@pytest.fixture(scope="session")
def store():
    return ask("one")

@pytest.fixture(scope="module")
def index(store): pass

@pytest.mark.llm_cassette("a.yaml")
def test_x(index): pass
""",
        "the session-scoped fixture 'store'",
        6,
    ),
    "setup_module": (
        """
def setup_module():
    ask("one")

@pytest.mark.llm_cassette("a.yaml")
def test_x(): pass
""",
        "setup_module of test_it",
        5,
    ),
    "setUpClass": (
        """
@pytest.mark.llm_cassette("a.yaml")
class TestX(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ask("one")
    def test_x(self): pass
""",
        "setUpClass of TestX",
        8,
    ),
}


@pytest.mark.parametrize("kind", SET_UP)
def test_a_request_in_the_set_up_is_an_error_that_names_the_fixture(project, kind):
    text, fixture, line = SET_UP[kind]
    project.cassette("a.yaml", "one")
    project.test(START, text)

    result = project.run("-W", "error")

    where = "test_it.py::TestX::test_x" if kind == "setUpClass" else "test_it.py::test_x"
    title = "FAILURES" if line is None else "ERRORS"
    lines = section(result, title).splitlines()
    advice = BY_HAND if kind.startswith("set") else ADVICE
    assert "\n".join(lines[1:]).startswith(
        f"{fixture} sent a request while no cassette was open, in the set-up of {where}.\n{advice}"
    )
    if line is not None:
        assert lines[-1] == f"test_it.py:{line}: ReplayError"


TEARDOWN = {
    "session": """
@pytest.fixture(scope="session")
def index():
    yield
    ask("one")
""",
    "session, swallowed": """
@pytest.fixture(scope="session")
def index():
    yield
    ask_swallowing("one")
""",
    "session, by a finalizer": """
@pytest.fixture(scope="session")
def index(request):
    request.addfinalizer(lambda: ask("one"))
""",
    "session, asynchronous": """
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def index():
    yield
    await ask_async("one")
""",
}


@pytest.mark.parametrize("kind", TEARDOWN)
def test_a_request_in_the_teardown_of_a_fixture_is_an_error(project, kind):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        TEARDOWN[kind]
        + """
@pytest.fixture(scope="session")
def other(index):
    yield

@pytest.mark.llm_cassette("a.yaml")
def test_x(other): pass
""",
    )

    result = project.run("-W", "error")

    result.assert_outcomes(passed=1, errors=1)
    assert (
        section(result, "ERRORS")
        .partition("\n")[2]
        .startswith(
            "a fixture or a teardown function sent a request while no cassette was open, "
            f"in the teardown of test_it.py::test_x.\n{BY_HAND}"
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "def teardown_module(): ask('one')",
        "class TestX(TestX, unittest.TestCase):\n"
        "    @classmethod\n"
        "    def tearDownClass(cls): ask('one')\n",
        "class TestX(TestX):\n    @classmethod\n    def teardown_class(cls): ask('one')\n",
    ],
    ids=["teardown_module", "tearDownClass", "teardown_class"],
)
def test_a_request_of_a_teardown_function_is_an_error(project, text):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX:
            def test_x(self): pass
        """,
        text,
    )

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    first, *_, last = section(result, "ERRORS").splitlines()[1:]
    assert first.startswith("a fixture or a teardown function sent a request while")
    assert last.startswith("test_it.py:")


@pytest.mark.parametrize(
    "where",
    ["pyproject.toml", "the marker", "the fixture"],
)
def test_hosts_that_are_left_alone_are_left_alone_here_too(project, where):
    """A passed host is really asked, and its port is closed; an ignored one never is."""
    settings = {"pass_hosts": ["127.0.0.1"], "ignore_hosts": ["telemetry.example.com"]}
    project.cassette("a.yaml", "one")
    if where == "pyproject.toml":
        project.settings(
            f"pass_hosts = {settings['pass_hosts']}\nignore_hosts = {settings['ignore_hosts']}"
        )
    configured = settings if where == "the fixture" else {}
    marked = settings if where == "the marker" else {}
    project.test(f"""
        import httpx, pytest

        @pytest.fixture(scope="session")
        def llm_cassette_config():
            return {configured!r}

        @pytest.fixture(scope="session", autouse=True)
        def around():
            with pytest.raises(httpx.ConnectError, match="refused|attempts failed"):
                httpx.get("http://127.0.0.1:9")
            with pytest.raises(httpx.ConnectError, match="is in ignore_hosts"):
                httpx.get("https://telemetry.example.com/")
            yield
            with pytest.raises(httpx.ConnectError, match="is in ignore_hosts"):
                httpx.get("https://telemetry.example.com/")

        @pytest.mark.llm_cassette("a.yaml", **{marked!r})
        def test_x(): pass
        """)

    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["live", "new_episodes"])
def test_nothing_is_guarded_in_a_mode_that_goes_live(project, mode):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import httpx, pytest

        @pytest.fixture(scope="session")
        def llm_cassette_config():
            return {{"mode": "{mode}"}}

        @pytest.fixture(scope="session", autouse=True)
        def index():
            with pytest.raises(httpx.ConnectError):
                httpx.get("http://127.0.0.1:9")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pass
        """)

    project.run().assert_outcomes(passed=1)


def test_an_interrupted_run_leaves_no_client_watched(project):
    before = httpx.Client._transport_for_url
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            raise KeyboardInterrupt
        """)

    result = project.run(no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert httpx.Client._transport_for_url is before


def test_unmarked_tests_are_not_guarded(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import httpx, pytest

        @pytest.fixture(scope="module")
        def index():
            with pytest.raises(httpx.ConnectError):
                httpx.get("http://127.0.0.1:9")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pass

        def test_y(index): pass
        """)

    project.run().assert_outcomes(passed=2)
