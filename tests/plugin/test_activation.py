"""What opens a cassette, around what, and for whom."""

from __future__ import annotations

import pytest

START = """
    import asyncio, threading, unittest
    import anyio, pytest, pytest_asyncio
    from app import ask, ask_async
"""

KINDS = {
    "sync": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            assert ask("one") == "re: one"
        """,
    "the fixture alone": """
        def test_x(llm_cassette):
            assert ask("one") == "re: one"
            assert [i.id for i in llm_cassette.played] == [0]
        """,
    "usefixtures": """
        @pytest.mark.usefixtures("llm_cassette")
        def test_x():
            assert ask("one") == "re: one"
        """,
    "asked for while the test runs": """
        def test_x(request):
            request.getfixturevalue("llm_cassette")
            assert ask("one") == "re: one"
        """,
    "pytestmark": """
        pytestmark = pytest.mark.llm_cassette("a.yaml")
        def test_x():
            assert ask("one") == "re: one"
        """,
    "a marked class": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX:
            def setup_method(self):
                self.answer = ask("one")
            def test_x(self):
                assert self.answer == "re: one"
        """,
    "asyncio": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x(llm_cassette):
            assert await ask_async("one") == "re: one"
            assert len(llm_cassette.played) == 1
        """,
    "asyncio, one loop for the session": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio(loop_scope="session")
        async def test_x():
            assert await ask_async("one") == "re: one"
        """,
    "anyio on asyncio and trio": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.anyio
        async def test_x():
            assert await ask_async("one") == "re: one"
            assert await anyio.to_thread.run_sync(ask, "one") == "re: one"
        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param
        """,
    "unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            def setUp(self):
                self.answer = ask("one")
            def test_x(self):
                assert self.answer == "re: one"
        """,
    "a marked method of unittest": """
        class TestX(unittest.TestCase):
            @pytest.mark.llm_cassette("a.yaml")
            def test_x(self):
                assert ask("one") == "re: one"
        """,
    "asynchronous unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.answer = await ask_async("one")
            async def test_x(self):
                assert self.answer == await ask_async("one") == "re: one"
        """,
    "parametrised": """
        @pytest.mark.parametrize("question", ["one", "two"])
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(question):
            assert ask(question) == f"re: {question}"
        """,
    "a thread without the test's context": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            answers = []
            thread = threading.Thread(target=lambda: answers.append(ask("one")))
            thread.start()
            thread.join()
            assert answers == ["re: one"]
        """,
    "function-scoped fixtures, up and down": """
        @pytest.fixture(autouse=True)
        def around():
            assert ask("one") == "re: one"
            yield
            assert ask("two") == "re: two"
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(llm_cassette):
            assert len(llm_cassette.played) == 1
        """,
    "async fixtures of asyncio": """
        @pytest_asyncio.fixture
        async def answer():
            yield await ask_async("one")
            assert await ask_async("two") == "re: two"
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x(answer):
            assert answer == "re: one"
        """,
    "async fixtures of anyio": """
        @pytest.fixture
        async def answer():
            yield await ask_async("one")
            assert await ask_async("two") == "re: two"
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.anyio
        async def test_x(answer):
            assert answer == "re: one"
        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param
        """,
}


@pytest.mark.parametrize("kind", KINDS)
def test_serves(project, kind):
    project.cassette("a.yaml", "one", "two", "one")
    project.cassette("test_it/test_x.yaml", "one", "two")
    project.test(START, KINDS[kind])

    result = project.run("-W", "error")

    outcomes = result.parseoutcomes()
    assert outcomes.pop("passed") >= 1
    assert not outcomes


def test_serves_unmarked_coroutines_in_auto_mode(project):
    project.ini("asyncio_mode = auto")
    project.cassette("a.yaml", "one", "two")
    project.test("""
        import pytest
        from app import ask_async
        pytestmark = pytest.mark.llm_cassette("a.yaml")
        @pytest.fixture
        async def answer():
            return await ask_async("one")
        async def test_x(answer):
            assert (answer, await ask_async("two")) == ("re: one", "re: two")
        """)

    project.run("-W", "error").assert_outcomes(passed=1)


def test_nested_conftests_and_classes_see_their_own_settings(project):
    project.write(
        a__conftest="""
            import pytest
            @pytest.fixture
            def llm_cassette_config():
                return {"ignore": ["$.question"]}
            """,
        a__b__conftest="""
            import pytest
            @pytest.fixture(scope="module")
            def llm_cassette_config():
                return {"allow_repeats": True}
            """,
        a__test_outer="""
            from app import ask
            def test_x(llm_cassette):
                assert llm_cassette._cassette.settings.ignore == ("$.question",)
                assert not llm_cassette._cassette.settings.allow_repeats
                assert ask("anything") == "re: one"
            """,
        a__b__test_inner="""
            from app import ask
            def test_x(llm_cassette):
                assert llm_cassette._cassette.settings.ignore == ()
                assert llm_cassette._cassette.settings.allow_repeats
                assert ask("one") == ask("one") == "re: one"
            """,
    )
    project.cassette("../a/cassettes/test_outer/test_x.yaml", "one")
    project.cassette("../a/b/cassettes/test_inner/test_x.yaml", "one")

    project.run().assert_outcomes(passed=2)


def test_every_test_opens_the_file_afresh(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask
        pytestmark = pytest.mark.llm_cassette("a.yaml")
        def test_x(): assert ask("one") == "re: one"
        def test_y(): assert ask("one") == "re: one"
        """)

    project.run().assert_outcomes(passed=2)


def test_nothing_is_served_after_the_test(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import httpx, pytest
        from app import ask
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): assert ask("one") == "re: one"
        def test_y():
            with pytest.raises(httpx.UnsupportedProtocol):
                ask("one", url="nowhere://x")
        """)

    project.run().assert_outcomes(passed=2)


def test_llm_cassettes_serves_wider_fixtures_from_beside_the_calling_file(project):
    project.write(
        tests__conftest="""
            import pytest
            from app import ask

            @pytest.fixture(scope="session")
            def index(llm_cassettes):
                with llm_cassettes("index.yaml", allow_repeats=True) as recorder:
                    assert ask("index") == "re: index"
                    yield recorder
                    assert ask("index") == "re: index"
            """,
        tests__deep__test_it="""
            import pytest
            from app import ask

            @pytest.mark.llm_cassette("own.yaml")
            def test_x(index, llm_cassette):
                assert ask("own") == "re: own"
                assert len(index.played) == len(llm_cassette.played) == 1

            def test_y(index):
                assert ask("index") == "re: index"
            """,
    )
    project.cassette("../tests/cassettes/index.yaml", "index")
    project.cassette("../tests/deep/cassettes/own.yaml", "own")

    project.run("-W", "error").assert_outcomes(passed=2)


@pytest.mark.parametrize("loop", ["function", "session"])
def test_llm_cassettes_serves_async_fixtures_of_wider_scope(project, loop):
    project.cassette("index.yaml", "index", "again")
    project.cassette("own.yaml", "own")
    fixtures = "session" if loop == "session" else "module"
    project.test(f"""
        import pytest, pytest_asyncio
        from app import ask_async

        @pytest_asyncio.fixture(scope="module", loop_scope="{fixtures}")
        async def index(llm_cassettes):
            with llm_cassettes("index.yaml"):
                answer = await ask_async("index")
            yield answer
            with llm_cassettes("index.yaml"):
                assert await ask_async("again") == "re: again"

        @pytest.mark.llm_cassette("own.yaml")
        @pytest.mark.asyncio(loop_scope="{loop}")
        async def test_x(index):
            assert (index, await ask_async("own")) == ("re: index", "re: own")

        @pytest.mark.llm_cassette("own.yaml")
        @pytest.mark.asyncio(loop_scope="{loop}")
        async def test_y(index):
            assert (index, await ask_async("own")) == ("re: index", "re: own")
        """)

    project.run("-W", "error").assert_outcomes(passed=2)


def test_a_rerun_of_a_test_opens_its_cassette_again(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest="""
            from _pytest.runner import runtestprotocol

            def pytest_runtest_protocol(item, nextitem):
                runtestprotocol(item, nextitem=nextitem, log=False)
                item._initrequest()
                for report in runtestprotocol(item, nextitem=nextitem, log=False):
                    item.ihook.pytest_runtest_logreport(report=report)
                return True
            """,
        test_it="""
            import pytest
            from app import ask, ask_swallowing

            runs = []

            @pytest.mark.llm_cassette("a.yaml")
            def test_x():
                runs.append(1)
                if len(runs) == 1:
                    ask_swallowing("two")
                assert ask("one") == "re: one"
            """,
    )

    project.run().assert_outcomes(passed=1)


def test_a_tests_own_cassette_goes_before_one_of_wider_scope(project):
    project.cassette("wide.yaml", "wide")
    project.cassette("own.yaml", "own")
    project.test(
        START,
        """
        pytestmark = pytest.mark.llm_cassette("own.yaml")

        @pytest.fixture(scope="session", autouse=True)
        def wide(llm_cassettes):
            with llm_cassettes("wide.yaml") as recorder:
                yield
                assert recorder.played == ()

        class TestX(unittest.TestCase):
            def test_x(self):
                assert ask("own") == "re: own"

        class TestY(unittest.IsolatedAsyncioTestCase):
            async def test_x(self):
                assert await ask_async("own") == "re: own"

        @pytest.mark.anyio
        async def test_anyio():
            assert await ask_async("own") == "re: own"

        @pytest.mark.asyncio(loop_scope="session")
        @pytest.mark.parametrize("time", ["first", "second"])
        async def test_asyncio(time):
            assert await ask_async("own") == "re: own"
        """,
    )

    project.run("-W", "error").assert_outcomes(passed=6)


MARKING = """
    import pytest

    def pytest_collection_modifyitems(items):
        for item in items:
            item.add_marker(pytest.mark.llm_cassette(PATH))
"""


@pytest.mark.parametrize("path", ["", '"a.yaml"'], ids=["without a name", "with a name"])
def test_a_marker_that_a_conftest_adds_when_all_is_collected_activates(project, path):
    project.cassette("a.yaml" if path else "test_it/test_x.yaml", "one")
    project.write(conftest=MARKING.replace("PATH", path))
    project.test(START, "    def test_x():\n        assert ask('one') == 're: one'\n")

    result = project.run("--llm-ci")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["replayed 1 interaction from 1 cassette: *"])


def test_tests_that_a_conftest_marks_with_one_file_share_it(project):
    project.cassette("a.yaml", "one", "two")
    project.write(conftest=MARKING.replace("PATH", '"a.yaml"'))
    project.test(
        START,
        """
        def test_x():
            assert ask("one") == "re: one"

        def test_y():
            assert ask("two") == "re: two"
        """,
    )

    result = project.run("--llm-ci")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["replayed 2 interactions from 1 cassette: *"])
    result.stdout.no_fnmatch_line("errors:")


def test_items_that_are_no_functions_are_left_alone(project):
    project.write(
        conftest="""
            import pytest

            class Line(pytest.Item):
                def runtest(self): pass

            class Text(pytest.File):
                def collect(self):
                    yield Line.from_parent(self, name="line")

            def pytest_collect_file(file_path, parent):
                if file_path.suffix == ".line":
                    return Text.from_parent(parent, path=file_path)
            """
    )
    (project.path / "a.line").touch()

    project.run().assert_outcomes(passed=1)
