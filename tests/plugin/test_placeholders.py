"""Keys for SDKs that refuse to be constructed without one."""

from __future__ import annotations

import os

import pytest

from conftest_plugin.placeholders import PLACEHOLDER
from tests.plugin.conftest import section


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    for name in tuple(os.environ):
        if name.endswith(("_API_KEY", "_AUTH_TOKEN", "_AD_TOKEN")):
            monkeypatch.delenv(name)


@pytest.fixture
def project(project):
    """With a table of settings: it makes unset keys hold a placeholder."""
    (project.path / "pyproject.toml").write_text("[tool.llmcassette]\n")
    return project


def keys(result):
    return [line for line in result.outlines if line.startswith("KEY ")]


SHOW = """
import os
for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
    print("KEY", name, os.environ.get(name))
"""


def test_are_there_before_conftests_are_imported_and_gone_after_the_run(project):
    project.write(conftest=SHOW, test_it="def test_x(): pass")

    result = project.run("-s")

    assert keys(result) == [
        f"KEY OPENAI_API_KEY {PLACEHOLDER}",
        f"KEY GEMINI_API_KEY {PLACEHOLDER}",
        "KEY GOOGLE_API_KEY None",
    ]
    assert "OPENAI_API_KEY" not in os.environ


def test_leave_what_is_set_alone(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "real")
    monkeypatch.setenv("GOOGLE_API_KEY", "real")
    project.write(conftest=SHOW, test_it="def test_x(): pass")

    result = project.run("-s")

    assert keys(result) == [
        "KEY OPENAI_API_KEY real",
        "KEY GEMINI_API_KEY None",
        "KEY GOOGLE_API_KEY real",
    ]
    assert os.environ["OPENAI_API_KEY"] == "real"


def test_leave_what_a_test_has_set(project):
    project.test("""
        import os
        def test_x(): os.environ["OPENAI_API_KEY"] = "set by a test"
        """)

    project.run()

    assert os.environ.pop("OPENAI_API_KEY") == "set by a test"


@pytest.mark.parametrize("options", [["--llm-record"], ["--llm-mode=all"], ["--llm-mode=live"]])
def test_are_given_only_in_mode_none(project, options):
    project.write(conftest=SHOW, test_it="def test_x(): pass")

    assert keys(project.run("-s", *options))[0] == "KEY OPENAI_API_KEY None"


def test_are_withdrawn_from_a_test_that_goes_live(project):
    project.test("""
        import os, pytest

        def test_before():
            assert "OPENAI_API_KEY" in os.environ

        @pytest.mark.llm_cassette("a.yaml", mode="once")
        def test_x():
            assert "OPENAI_API_KEY" not in os.environ

        def test_after():
            assert "OPENAI_API_KEY" in os.environ
        """)

    project.run().assert_outcomes(passed=3)


def test_are_given_where_ci_forbids_the_mode_of_the_project(project, monkeypatch):
    project.settings('mode = "all"')
    project.write(conftest=SHOW, test_it="def test_x(): pass")

    assert keys(project.run("-s"))[0] == "KEY OPENAI_API_KEY None"
    monkeypatch.setenv("CI", "true")
    assert keys(project.run("-s"))[0] == f"KEY OPENAI_API_KEY {PLACEHOLDER}"


def test_can_be_turned_off(project):
    project.settings("placeholder_keys = false")
    project.write(conftest=SHOW, test_it="def test_x(): pass")

    assert keys(project.run("-s"))[0] == "KEY OPENAI_API_KEY None"


def test_are_gone_after_a_run_that_did_not_begin(project):
    project.write(conftest="import no_such_module", test_it="def test_x(): pass")

    assert project.run().ret == pytest.ExitCode.USAGE_ERROR
    assert "OPENAI_API_KEY" not in os.environ


CLIENT = """
import pytest
from openai import OpenAI

client = OpenAI()

@pytest.mark.llm_cassette("a.yaml")
def test_x(llm_cassette):
    asked = llm_cassette.unplayed[0].request
    assert client.with_options(base_url="https://api.example.com").api_key
"""


def test_let_a_client_be_made_while_conftest_and_test_module_are_imported(project):
    pytest.importorskip("openai")
    project.cassette("a.yaml", "one")
    project.write(conftest="import openai\nclient = openai.OpenAI()", test_it=CLIENT)

    project.run_apart().assert_outcomes(passed=1)


HINT = (
    "Replaying needs no real key, but the SDK wants one to be set: remove placeholder_keys = false "
    "under [tool.llmcassette] in pyproject.toml."
)

REFUSING = """
import os

class Client:
    def __init__(self, name):
        if not os.environ.get(name):
            raise RuntimeError(f"pass api_key, or set the {name} environment variable")
"""


def test_a_missing_key_in_a_test_names_the_setting(project):
    project.settings("placeholder_keys = false")
    project.cassette("a.yaml", "one")
    project.write(
        sdk=REFUSING,
        test_it="""
            import pytest
            from sdk import Client

            @pytest.mark.llm_cassette("a.yaml")
            def test_x(): Client("OPENAI_API_KEY")

            @pytest.fixture
            def client(): return Client("OPENAI_API_KEY")

            @pytest.mark.llm_cassette("a.yaml")
            def test_y(client): pass
            """,
    )

    result = project.run("--show-capture=no")

    result.assert_outcomes(failed=1, errors=1)
    for title in ("FAILURES", "ERRORS"):
        lines = section(result, title).splitlines()
        assert lines[-2:] == [
            "--------------------------------- llmcassette ----------------------------------",
            HINT,
        ]


def test_a_missing_key_in_a_failure_without_traceback_names_the_setting(project):
    project.settings("placeholder_keys = false")
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pytest.fail("no key: set OPENAI_API_KEY", pytrace=False)
        """)

    assert section(project.run(), "FAILURES").splitlines()[1:] == [
        "no key: set OPENAI_API_KEY",
        "--------------------------------- llmcassette ----------------------------------",
        HINT,
    ]


def test_a_missing_key_while_a_module_is_imported_names_the_setting(project):
    project.settings("placeholder_keys = false")
    project.write(sdk=REFUSING, test_it="from sdk import Client\nClient('OPENAI_API_KEY')")

    assert section(project.run(), "ERRORS").splitlines()[-1] == HINT


def test_a_missing_key_of_an_unknown_provider_names_the_variable(project):
    project.write(
        sdk=REFUSING,
        test_it="""
            import pytest
            from sdk import Client
            Client("NOVEL_API_KEY")
            pytestmark = pytest.mark.llm_cassette
            """,
    )

    assert section(project.run(), "ERRORS").splitlines()[-1] == (
        "Replaying needs no real key, but the SDK wants NOVEL_API_KEY to be set: give it any value "
        'in conftest.py, os.environ.setdefault("NOVEL_API_KEY", "none needed").'
    )


@pytest.mark.parametrize(
    "case",
    ["a project without cassettes", "a recording run", "another error", "a key the test took away"],
)
def test_there_is_no_advice_where_it_would_be_wrong(project, case, monkeypatch):
    project.cassette("a.yaml", "one")
    marked = case != "a project without cassettes"
    name = "OPENAI_API_KEY" if case == "a key the test took away" else "NEW_API_KEY"
    if case == "a recording run":
        name = "OPENAI_API_KEY"
    project.write(
        sdk=REFUSING,
        test_it=f"""
            import os, pytest
            from sdk import Client

            {'@pytest.mark.llm_cassette("a.yaml")' if marked else ""}
            def test_x(monkeypatch):
                monkeypatch.delenv("OPENAI_API_KEY", raising=False)
                if {case == "another error"}:
                    raise KeyError("OPENAI_API_KEY_OF_NOBODY is no such thing")
                Client({name!r})
            """,
    )

    result = project.run(*(["--llm-mode=all"] if case == "a recording run" else []))

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Replaying needs no real key*")


def test_a_request_with_a_placeholder_is_not_recorded(project, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    project.test("""
        import os
        import httpx, pytest

        client = httpx.Client(headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"})

        @pytest.mark.llm_cassette("a.yaml", mode="once")
        def test_x():
            client.post("http://127.0.0.1:9/openai/v1", json={})
        """)

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "a request that is to be recorded carries a placeholder in the place of a key.",
            "Set OPENAI_API_KEY before pytest starts; or, if it is set by now, make the client "
            "later than at import.",
        ]
    )
    assert not (project.path / "cassettes").exists()


def test_without_a_table_nothing_is_set_and_a_failure_names_it(project):
    (project.path / "pyproject.toml").unlink()
    project.write(
        conftest=SHOW,
        test_it="import os\n\ndef test_x(llm_cassette):\n    os.environ['OPENAI_API_KEY']\n",
    )

    result = project.run("-s")

    assert set(keys(result)) == {
        "KEY OPENAI_API_KEY None",
        "KEY GEMINI_API_KEY None",
        "KEY GOOGLE_API_KEY None",
    }
    assert section(result, "FAILURES").endswith(
        "Replaying needs no real key, but the SDK wants one to be set: a table [tool.llmcassette] "
        "in pyproject.toml, empty or not, sets unset keys in replay."
    )
