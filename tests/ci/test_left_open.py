"""A cassette that a test leaves open: it is closed when the test is over, and the test is told."""

from __future__ import annotations

import textwrap

import pytest

from tests.ci.conftest import START, problems
from tests.plugin.conftest import section

HEAD = START + "    import contextlib, llmcassette, pytest_asyncio\n    from app import ask_async\n"
KEPT = """
    kept = []

    def opened(path="cassettes/a.yaml"):
        kept.append(llmcassette.use_cassette(path))
        return kept[-1].__enter__()
    """
BY_THE_TEST = {
    "entered by hand": """
    def test_x():
        opened()
        ask("one")
    """,
    "a generator": """
    def chat():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            yield ask("one")
            yield ask("two")

    def test_x():
        kept.append(chat())
        next(kept[-1])
    """,
    "an asynchronous generator": """
    async def chat():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            yield await ask_async("one")
            yield await ask_async("two")

    @pytest.mark.asyncio(loop_scope="module")
    async def test_x():
        kept.append(chat())
        await anext(kept[-1])
    """,
    "a stack": """
    def test_x():
        kept.append(contextlib.ExitStack())
        kept[-1].enter_context(llmcassette.use_cassette("cassettes/a.yaml"))
        ask("one")
    """,
    "llm_cassettes": """
    def test_x(llm_cassettes):
        kept.append(llm_cassettes("a.yaml"))
        kept[-1].__enter__()
        ask("one")
    """,
    "llm_cassettes, and nothing is kept": """
    def test_x(llm_cassettes):
        llm_cassettes("a.yaml").__enter__()
        ask("one")
    """,
    "a fixture": """
    @pytest.fixture
    def index():
        return opened()

    def test_x(index):
        ask("one")
    """,
    "an asynchronous fixture": """
    @pytest_asyncio.fixture(loop_scope="module")
    async def index():
        return opened()

    @pytest.mark.asyncio(loop_scope="module")
    async def test_x(index):
        await ask_async("one")
    """,
    "the teardown of a fixture": """
    @pytest.fixture
    def index():
        yield
        opened()
        ask("one")

    def test_x(index):
        pass
    """,
    "setup_method": """
    class TestX:
        def setup_method(self):
            opened()

        def test_x(self):
            ask("one")
    """,
    "setUp": """
    import unittest

    class TestX(unittest.TestCase):
        def setUp(self):
            opened()

        def test_x(self):
            ask("one")
    """,
}
AFTERWARDS = """
    from llmcassette.clients.scope import open_cassettes, owners

    def test_y():
        assert not open_cassettes() and not owners()
        with pytest.raises(llmcassette.BlockedHostError):
            ask("two")
    """


@pytest.fixture
def project(project):
    project.cassette("a.yaml", "one")
    return project


def told(result):
    """The errors of the run, the headings left out."""
    return [line for line in section(result, "ERRORS").splitlines() if line and line[0] != "_"]


SAID = (
    "cassettes/a.yaml: the test left this cassette open. "
    "Fix: open it in a `with` block; for several tests, in a fixture of a wider scope"
)


@pytest.mark.parametrize("how", BY_THE_TEST)
def test_is_an_error_of_its_teardown_in_ci_and_answers_no_later_test(project, how):
    project.test(HEAD, KEPT, BY_THE_TEST[how], AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    message, place = told(result)
    assert message == f"llmcassette: {SAID}"
    assert place.endswith(": LeftOpenError")
    assert problems(result) == []
    assert "Exception ignored" not in result.stderr.str()


IN_A_STACK = """
    stack = contextlib.ExitStack()

    def test_x():
        stack.enter_context(llmcassette.use_cassette("cassettes/a.yaml"))
        ask("one")
    """


def test_it_is_in_the_report(project):
    project.test(HEAD, IN_A_STACK)

    report = project.report("--llm-ci")

    assert report["problems"] == [
        {
            "code": "left-open",
            "level": "error",
            "test": "test_it.py::test_x",
            "file": "cassettes/a.yaml",
            "line": 1,
            "message": SAID.removeprefix("cassettes/a.yaml: "),
            "fix": "",
        }
    ]


def test_it_is_an_annotation_on_github(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path))
    project.test(HEAD, IN_A_STACK)

    result = project.ci()

    assert problems(result) == [
        "::error file=cassettes/a.yaml,line=1,title=llmcassette left-open::"
        f"test_it.py::test_x: {SAID}"
    ]


def test_is_a_resource_warning_outside_of_ci(project):
    project.test(HEAD, IN_A_STACK)

    result = project.run("-Walways::ResourceWarning")

    result.assert_outcomes(passed=1, warnings=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["test_it.py::test_x", f"*: ResourceWarning: {SAID}"])
    project.run("-Werror::ResourceWarning").assert_outcomes(passed=1, errors=1)


WITH_AN_ERROR = """
    @pytest.fixture
    def failing():
        yield
        raise OSError("the disk")

    def test_x(failing):
        opened()
        ask("one")
    """


def test_an_error_of_the_teardown_goes_first(project):
    project.test(HEAD, KEPT, WITH_AN_ERROR, AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert told(result)[-2:] == ["E       OSError: the disk", "test_it.py:15: OSError"]


ENDS = {
    "failed": "assert False",
    "skipped": "pytest.skip()",
    "xfailed": "pytest.xfail()",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_test_that_did_not_come_to_its_end_is_told_nothing(project, end):
    test = f"""
    def test_x():
        opened()
        ask("one")
        {ENDS[end]}
        kept[-1].__exit__(None, None, None)
    """
    project.test(HEAD, KEPT, test, AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=1, **{end: 1})
    assert problems(result) == []


LATER = {
    "the same block": ("opened()", "kept[0].__exit__(None, None, None)"),
    "with an error": ("opened()", "kept[0].__exit__(OSError, OSError(), None)"),
    "of llm_cassettes": (
        'kept.append(llm_cassettes("a.yaml")); kept[0].__enter__()',
        "kept[0].__exit__(None, None, None)",
    ),
}


@pytest.mark.parametrize("how", LATER)
def test_who_ends_the_block_later_changes_nothing(project, how):
    begin, end = LATER[how]
    project.cassette("b.yaml", "two")
    project.test(
        HEAD,
        KEPT,
        f"""
    from llmcassette.clients.scope import owners

    def test_x(llm_cassettes):
        {begin}
        ask("one")

    @pytest.mark.llm_cassette("b.yaml")
    def test_y(llm_cassette):
        {end}
        assert owners() == (llm_cassette._cassette,)
        assert ask("two") == "re: two"
    """,
    )

    result = project.run("-Wignore::ResourceWarning")

    result.assert_outcomes(passed=2)
    assert problems(result) == []


# What may stay open

TWO_TESTS = """
    def test_x():
        ask("one")

    def test_y():
        ask("two")
    """
OF_OTHERS = {
    "at import": """
    opened()

    def teardown_module():
        kept[0].__exit__(None, None, None)
    """,
    "a fixture of a module": """
    @pytest.fixture(scope="module", autouse=True)
    def index():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            yield
    """,
    "an asynchronous fixture of a module": """
    @pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
    async def index():
        async with llmcassette.use_cassette("cassettes/a.yaml"):
            yield
    """,
    "setup_module": """
    def setup_module():
        opened()

    def teardown_module():
        kept[0].__exit__(None, None, None)
    """,
    "another thread": """
    import threading
    started, done = threading.Event(), threading.Event()

    def run():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            started.set()
            done.wait()

    @pytest.fixture
    def running():
        kept.append(threading.Thread(target=run))
        kept[0].start()
        started.wait()

    def teardown_module():
        done.set()
        kept[0].join()

    @pytest.mark.usefixtures("running")
    def test_first():
        pass
    """,
}
OF_CLASSES = {
    "setup_class": """
    class TestX:
        def setup_class(cls):
            opened()

        def teardown_class(cls):
            kept[0].__exit__(None, None, None)
    """,
    "setUpClass": """
    import unittest

    class TestX(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.enterClassContext(llmcassette.use_cassette("cassettes/a.yaml"))
    """,
}
OF_OTHERS = {name: text + TWO_TESTS for name, text in OF_OTHERS.items()}
OF_OTHERS |= {
    name: text
    + textwrap.indent(TWO_TESTS.replace("()", "(self)", 4).replace("ask(self)", "ask()"), "    ")
    for name, text in OF_CLASSES.items()
}
OF_OTHERS["a transport"] = """
    import httpx

    def ask_by_transport(question):
        if not kept:
            transport = llmcassette.CassetteTransport("cassettes/a.yaml")
            kept.append(httpx.Client(transport=transport))
        kept[0].post("https://api.example.com/v1/ask", json={"question": question})
    """ + TWO_TESTS.replace("ask(", "ask_by_transport(")


@pytest.mark.parametrize("who", OF_OTHERS)
def test_what_is_opened_for_several_tests_stays_open(project, who):
    project.cassette("a.yaml", "one", "two")
    project.test(HEAD, KEPT, OF_OTHERS[who])

    result = project.ci()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == []


HOOKS = {
    "around the run": """
    def pytest_configure(config):
        cassette.__enter__()

    def pytest_unconfigure(config):
        cassette.__exit__(None, None, None)
    """,
    "around each test": """
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(item):
        cassette.__enter__()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(item):
        yield
        cassette.__exit__(None, None, None)
    """,
}
OPENING = """
    import llmcassette, pytest
    cassette = llmcassette.use_cassette("cassettes/a.yaml")
    """


@pytest.mark.parametrize("how", HOOKS)
def test_what_a_hook_of_a_conftest_opens_stays_open(project, how):
    project.write(conftest=textwrap.dedent(OPENING) + textwrap.dedent(HOOKS[how]))
    project.test(
        START,
        """
        def test_x():
            ask("one")
        """,
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == []


OF_PACKAGE = """
    import llmcassette
    cassette = llmcassette.use_cassette("cassettes/a.yaml")

    def setup_module():
        cassette.__enter__()

    def teardown_module():
        cassette.__exit__(None, None, None)
    """


def test_what_setup_module_of_a_package_opens_stays_open(project):
    project.cassette("a.yaml", "one", "two")
    package = project.path / "agents" / "__init__.py"
    package.parent.mkdir()
    package.write_text(textwrap.dedent(OF_PACKAGE), encoding="utf-8")
    project.write(
        agents__test_one=START + TWO_TESTS.partition("    def test_y")[0],
        agents__test_two=START + "    def test_y" + TWO_TESTS.partition("    def test_y")[2],
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == []


# A fixture of a wider scope that forgets

FORGETFUL = """
    @pytest.fixture(scope="module", autouse=True)
    def index():
        llmcassette.use_cassette("cassettes/a.yaml").__enter__()
    """


def test_what_a_fixture_of_a_wider_scope_leaves_open_is_an_error_of_the_last_test(project):
    project.cassette("a.yaml", "one", "two")
    project.test(HEAD, FORGETFUL, TWO_TESTS)
    said = (
        "cassettes/a.yaml: the module-scoped fixture 'index' left this cassette open. "
        "Fix: open it in a `with` block around the `yield`"
    )

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert told(result)[0] == f"llmcassette: {said}"
    result = project.run("-Walways::ResourceWarning")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines([f"*: ResourceWarning: {said}"])
