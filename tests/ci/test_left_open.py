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


SAID = "still open when the test was over"
FIX = "Fix: open it in a `with` block; for several tests, in a fixture of a wider scope"


@pytest.mark.parametrize("how", BY_THE_TEST)
def test_is_an_error_of_its_teardown_in_ci_and_answers_no_later_test(project, how):
    project.test(HEAD, KEPT, BY_THE_TEST[how], AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    message, place = told(result)
    assert message.startswith("llmcassette: cassettes/a.yaml: opened at test_it.py:")
    assert message.endswith(f", and {SAID}. {FIX}")
    assert place.endswith(": LeftOpenError")
    assert problems(result) == []
    assert "Exception ignored" not in result.stderr.str()


IN_A_STACK = """
    stack = contextlib.ExitStack()

    def test_x():
        stack.enter_context(llmcassette.use_cassette("cassettes/a.yaml"))
        ask("one")
    """


def test_the_line_is_told_where_it_was_opened(project):
    project.test(HEAD, IN_A_STACK)

    result = project.ci()

    assert told(result) == [
        f"llmcassette: cassettes/a.yaml: opened at test_it.py:9, and {SAID}. {FIX}",
        "test_it.py:8: LeftOpenError",
    ]


BY_THE_LOOP = """
    import asyncio
    cassette = llmcassette.use_cassette("cassettes/a.yaml")

    @pytest.mark.asyncio
    async def test_x():
        asyncio.get_running_loop().call_soon(cassette.__enter__)
        await asyncio.sleep(0)
        await asyncio.to_thread(ask, "one")
    """


def test_no_line_is_told_where_no_code_of_the_project_opened_it(project):
    project.test(HEAD, BY_THE_LOOP)

    result = project.run_apart("--llm-ci")

    assert told(result) == [
        f"llmcassette: cassettes/a.yaml: opened, and {SAID}. {FIX}",
        "test_it.py:9: LeftOpenError",
    ]


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
            "message": f"opened at test_it.py:9, and {SAID}",
            "fix": FIX.removeprefix("Fix: "),
        }
    ]


def test_it_is_an_annotation_on_github(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path))
    project.test(HEAD, IN_A_STACK)

    result = project.ci()

    assert problems(result) == [
        "::error file=cassettes/a.yaml,line=1,title=llmcassette left-open::"
        f"test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:9, and {SAID}. {FIX}"
    ]


def test_is_a_warning_outside_of_ci(project):
    project.test(HEAD, IN_A_STACK)

    result = project.run()

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == [
        "warnings:",
        f"  test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:9, and {SAID}. {FIX}",
    ]


def test_paths_are_told_as_they_are_seen_from_where_pytest_was_started(project, monkeypatch):
    project.test(HEAD, IN_A_STACK.replace("cassettes/a", "../cassettes/a"))
    (project.path / "inner").mkdir()
    monkeypatch.chdir(project.path / "inner")

    result = project.run("..")

    assert problems(result) == [
        "warnings:",
        "  ../test_it.py::test_x: ../cassettes/a.yaml: "
        f"opened at ../test_it.py:9, and {SAID}. {FIX}",
    ]


def test_workers_tell_it_once_each(project):
    project.test(HEAD, IN_A_STACK, IN_A_STACK.replace("test_x", "test_y"))

    result = project.run("-n2", "--dist=load")

    result.assert_outcomes(passed=2)
    opened = f"cassettes/a.yaml: opened at test_it.py:{{}}, and {SAID}. {FIX}"
    assert problems(result) == [
        "warnings:",
        f"  test_it.py::test_x: {opened.format(9)}",
        f"  test_it.py::test_y: {opened.format(15)}",
    ]


SEVERAL = """
    stack = contextlib.ExitStack()

    def test_x():
        for name in ("a.yaml", "b.yaml"):
            stack.enter_context(llmcassette.use_cassette(f"cassettes/{name}"))
            ask("one")
    """


def test_of_several_the_first_is_the_error_and_the_end_of_the_run_tells_the_others(project):
    project.cassette("b.yaml", "one")
    project.test(HEAD, SEVERAL, AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    opened = f"opened at test_it.py:10, and {SAID}. {FIX}"
    assert told(result)[0] == f"llmcassette: cassettes/a.yaml: {opened}"
    assert problems(result) == [
        "errors:",
        f"  test_it.py::test_x: cassettes/b.yaml: {opened}",
    ]


WITH_AN_ERROR = """
    @pytest.fixture
    def failing():
        yield
        raise OSError("the disk")

    def test_x(failing):
        opened()
        ask("one")
    """


def test_where_the_teardown_fails_the_end_of_the_run_tells_it(project):
    project.test(HEAD, KEPT, WITH_AN_ERROR, AFTERWARDS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert problems(result) == [
        "errors:",
        f"  test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:10, and {SAID}. {FIX}",
    ]


XPASSING = """
    @pytest.mark.xfail
    def test_x():
        opened()
        ask("one")
    """


def test_xfail_does_not_swallow_it(project):
    project.test(HEAD, KEPT, XPASSING)

    result = project.ci()

    result.assert_outcomes(xpassed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == [
        "errors:",
        f"  test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:10, and {SAID}. {FIX}",
    ]


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


UNFIRED = """
    from llmcassette import faults
    cassette = llmcassette.use_cassette(
        "cassettes/a.yaml", faults=[faults.status(429, when=lambda request: False)]
    )

    def test_x():
        cassette.__enter__()
        ask("one")

    def test_y():
        cassette.__exit__(None, None, None)
    """


def test_a_fault_that_never_fired_is_told_once(project):
    project.test(HEAD, UNFIRED)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert told(result)[0].startswith(
        "llmcassette: cassettes/a.yaml: this fault was asked for and never fired:"
    )
    assert problems(result) == [
        "1 fault never fired",
        "errors:",
        f"  test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:12, and {SAID}. {FIX}",
    ]


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

    result = project.run()

    result.assert_outcomes(passed=2)
    heading, warning = problems(result)
    assert heading == "warnings:"
    assert warning.startswith("  test_it.py::test_x: cassettes/a.yaml: opened at test_it.py:")


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


def test_what_a_fixture_of_a_wider_scope_leaves_open_is_told_at_the_end_of_the_run(project):
    project.cassette("a.yaml", "one", "two")
    project.test(HEAD, FORGETFUL, TWO_TESTS)
    said = (
        "  cassettes/a.yaml: opened at test_it.py:8, and still open when its fixture was over. "
        "Fix: close it in the fixture's teardown (`with` around the `yield`)"
    )

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == ["errors:", said]
    assert problems(project.run()) == ["warnings:", said]
