"""A cassette that cannot be opened, and settings that cannot be obeyed."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section


def test_a_missing_cassette_names_its_path_and_the_command_that_records_it(project):
    project.write(
        tests__test_it="""
            import pytest
            from app import ask
            @pytest.mark.parametrize("city", ["Paris, France"])
            def test_x(llm_cassette, city): ask(city)
            """
    )

    result = project.run()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES") == (
        "____________________________ test_x[Paris, France] _____________________________\n"
        "the cassette does not exist: no recorded interaction answers this request\n"
        "\n"
        "To record it:\n"
        "\n"
        "  pytest --llm-record 'tests/test_it.py::test_x[Paris, France]'\n"
        "\n"
        "  cassette  tests/cassettes/test_it/test_x[Paris, France].yaml\n"
        "  contains  nothing: there is no such file\n"
        "  request   POST https://api.example.com/v1/ask\n"
        '  body      {"question":"Paris, France"}\n'
        '  sent by   app.py:9: return client.post(url, json={"question": question…\n'
        "\n"
        "tests/test_it.py:4: UnmatchedRequestError"
    )


@pytest.mark.parametrize("option", [(), ("--llm-ci",)])
def test_a_missing_cassette_that_no_request_needs_is_none(project, option):
    project.test("""
        import pytest
        pytestmark = pytest.mark.llm_cassette
        def test_x(): pass
        def test_y(llm_cassette): assert llm_cassette.interactions == ()
        """)

    result = project.run(*option)

    result.assert_outcomes(passed=2)
    assert "llmcassette" not in result.stdout.str().partition("test session starts")[2].replace(
        "plugins: llmcassette", ""
    )


def test_the_command_fits_where_pytest_was_started(project, monkeypatch):
    project.ini()
    project.write(
        tests__test_it="""
            from app import ask
            def test_x(llm_cassette): ask("one")
            """
    )
    monkeypatch.chdir(project.path / "tests")

    result = project.run()

    result.stdout.fnmatch_lines(
        ["  pytest --llm-record test_it.py::test_x", "  cassette  cassettes/test_it/test_x.yaml"]
    )


IN_FIXTURES = {
    "a generator": """
        @pytest.fixture
        def index(llm_cassettes):
            with llm_cassettes("index.yaml"SETTINGS):
                yield
        """,
    "a function": """
        @pytest.fixture
        def index(llm_cassettes):
            with llm_cassettes("index.yaml"SETTINGS):
                return 1
        """,
    "an asynchronous generator": """
        @pytest_asyncio.fixture
        async def index(llm_cassettes):
            with llm_cassettes("index.yaml"SETTINGS):
                yield
        """,
    "an exit stack": """
        @pytest.fixture
        def index(llm_cassettes):
            with contextlib.ExitStack() as stack:
                yield stack.enter_context(llm_cassettes("index.yaml"SETTINGS))
        """,
}


@pytest.mark.parametrize("how", IN_FIXTURES)
@pytest.mark.parametrize(
    ("settings", "problem", "kind"),
    [
        (
            "",
            "cassettes/index.yaml: there is no such cassette.\n"
            "To record it: pytest --llm-record test_it.py::test_x",
            "CassetteError",
        ),
        (
            ", ignored=[]",
            "there is no setting 'ignored' (llm_cassettes). Did you mean 'ignore'?",
            "SettingsError",
        ),
    ],
    ids=["missing", "setting"],
)
def test_a_cassette_that_a_fixture_cannot_open_is_told_in_brief(
    project, how, settings, problem, kind
):
    project.test(
        "import contextlib, pytest, pytest_asyncio\n",
        IN_FIXTURES[how].replace("SETTINGS", settings),
        "def test_x(index): pass",
    )

    result = project.run()

    result.assert_outcomes(errors=1)
    assert section(result, "ERRORS") == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        f"llmcassette: {problem}\n"
        "\n"
        f"test_it.py:{6 if how == 'an exit stack' else 5}: {kind}"
    )


def test_a_cassette_of_wider_scope_that_cannot_be_opened_is_told_for_each_test(project):
    project.write(
        tests__conftest="""
            import pytest

            @pytest.fixture(scope="session")
            def index(llm_cassettes):
                with llm_cassettes("index.yaml"):
                    yield
            """,
        tests__test_it="""
            def test_x(index): pass
            def test_y(index): pass
            """,
    )

    result = project.run()

    result.assert_outcomes(errors=2)
    told = (
        "llmcassette: tests/cassettes/index.yaml: there is no such cassette.\n"
        "To record it: pytest --llm-record tests/test_it.py::test_x\n"
        "\n"
        "tests/conftest.py:5: CassetteError"
    )
    assert section(result, "ERRORS") == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        f"{told}\n"
        "___________________________ ERROR at setup of test_y ___________________________\n"
        f"{told}"
    )


def test_a_fault_of_a_fixtures_cassette_that_never_fired_is_told_in_brief(project):
    project.cassette("index.yaml", "one")
    project.test("""
        import pytest

        @pytest.fixture
        def index(llm_cassettes):
            with llm_cassettes("index.yaml", faults=["status(500, interaction=5)"]):
                yield

        def test_x(index): pass
        """)

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "ERRORS") == (
        "_________________________ ERROR at teardown of test_x __________________________\n"
        "llmcassette: cassettes/index.yaml: this fault was never triggered:\n"
        "  faults.status(500, interaction=5): no request matched\n"
        "\n"
        "test_it.py:5: UnfiredFaultError"
    )


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_missing_cassette_of_a_decorated_test_names_the_test(project, kind):
    project.ini("asyncio_mode = auto")
    project.test(f"""
        import llmcassette

        @llmcassette.use_cassette("x.yaml")
        {kind} test_x(): pass
        """)

    result = project.run()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES") == (
        "____________________________________ test_x ____________________________________\n"
        "llmcassette: x.yaml: there is no such cassette.\n"
        "To record it: pytest --llm-record test_it.py::test_x\n"
        "\n"
        "test_it.py:3: CassetteError"
    )


OPENED = {
    "use_cassette": 'with llmcassette.use_cassette("x.yaml"): pass',
    "CassetteTransport": 'llmcassette.CassetteTransport("x.yaml")',
    "llm_cassettes": 'with request.getfixturevalue("llm_cassettes")("x.yaml"): pass',
}


@pytest.mark.parametrize("how", OPENED)
@pytest.mark.parametrize(
    ("by", "test"),
    [
        ("test", "def test_x(request):\n    OPENED"),
        (
            "fixture",
            "@pytest.fixture(scope='session')\ndef index(request):\n    OPENED\n"
            "def test_x(index): pass",
        ),
    ],
    ids=["test", "fixture"],
)
def test_a_missing_cassette_opened_by_hand_names_the_command_that_records_it(
    project, how, by, test
):
    project.test("import llmcassette, pytest\n", test.replace("OPENED", OPENED[how]))

    result = project.run()

    result.assert_outcomes(**{"failed" if by == "test" else "errors": 1})
    result.stdout.fnmatch_lines(["*To record it: pytest --llm-record test_it.py::test_x"])


def test_one_that_is_opened_while_tests_are_collected_names_no_test(project):
    project.test("import llmcassette\n", OPENED["CassetteTransport"])

    result = project.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*To record it: pytest --llm-record"])


def test_a_missing_cassette_of_use_cassette_shows_the_users_line_and_none_of_ours(project):
    project.test("""
        import llmcassette

        def test_x():
            with llmcassette.use_cassette("x.yaml"):
                pass
        """)

    result = project.run()

    result.assert_outcomes(failed=1)
    text = section(result, "FAILURES")
    assert text.endswith("test_it.py:4: CassetteError")
    assert '>       with llmcassette.use_cassette("x.yaml"):' in text
    assert "llmcassette/" not in text


def test_a_broken_cassette_names_file_line_interaction_and_field(project):
    file = project.cassette("a.yaml", "one", "two")
    text = file.read_text()
    before, _, behind = text.rpartition("method: POST")
    file.write_text(f"{before}method: [POST]{behind}")
    project.test("""
        import pytest
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pass
        """)

    result = project.run()

    result.assert_outcomes(errors=1)
    line = 1 + before.count("\n")
    first, second = section(result, "ERRORS").splitlines()[:2]
    assert first == (
        "___________________________ ERROR at setup of test_x ___________________________"
    )
    assert second.startswith(
        f"llmcassette: cassettes/a.yaml:{line}: interaction 1, request.method: "
    )


def test_a_broken_answer_fails_the_test_that_plays_it(project):
    file = project.cassette("a.yaml", "one", "two")
    text = file.read_text()
    before, _, behind = text.rpartition("duration: 1.5s")
    file.write_text(f"{before}duration: soon{behind}")
    project.test("""
        import pytest
        from app import ask, ask_swallowing
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask("one")
        @pytest.mark.llm_cassette("a.yaml")
        def test_y():
            ask_swallowing("two")
        """)

    result = project.run()

    result.assert_outcomes(passed=1, failed=1)
    lines = section(result, "FAILURES").splitlines()
    place = f"cassettes/a.yaml:{1 + before.count(chr(10))}: interaction 1, response.duration: "
    assert lines[1].startswith(place)
    assert lines[-1] == "test_it.py:8: ReplayError"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            'ignored=["$.x"]',
            "there is no setting 'ignored' (the marker llm_cassette). Did you mean 'ignore'?",
        ),
        (
            'mode="onse"',
            "'onse' is no record mode (mode (the marker llm_cassette)). Did you mean 'once'? "
            "The modes are none, once, new_episodes, all, rewrite, live.",
        ),
        (
            'ignore="$.x"',
            "ignore (the marker llm_cassette) must be a list of strings, such as ['$.x'], "
            "not '$.x'",
        ),
    ],
)
def test_a_wrong_setting_on_the_marker_fails_its_test_cleanly(project, arguments, problem):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import pytest
        @pytest.mark.llm_cassette("a.yaml", {arguments})
        def test_x(): pass
        def test_y(): pass
        """)

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "ERRORS") == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        f"llmcassette: {problem}"
    )


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        (
            {"allow_repeat": True},
            "there is no setting 'allow_repeat' (the fixture llm_cassette_config). "
            "Did you mean 'allow_repeats'?",
        ),
        (None, "the fixture llm_cassette_config must return a dict of settings, not None"),
    ],
)
def test_a_wrong_setting_of_the_fixture_fails_its_tests_cleanly(project, returned, problem):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import pytest
        @pytest.fixture
        def llm_cassette_config(): return {returned!r}
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pass
        """)

    assert section(project.run(), "ERRORS").splitlines()[1:] == [f"llmcassette: {problem}"]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "pass_host = []",
            "there is no setting 'pass_host' (pyproject.toml). Did you mean 'pass_hosts'?",
        ),
        ("ci = 1", "ci (pyproject.toml) must be true or false, not 1"),
    ],
)
def test_a_wrong_setting_in_pyproject_stops_the_run_with_one_line(project, table, problem):
    project.settings(table)
    project.test("def test_x(): pass")

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines == [f"ERROR: {problem}", ""]
