"""A project that uses no cassette does not notice the plugin."""

from __future__ import annotations

import subprocess
import sys


def test_loads_no_client_library_and_no_yaml(project):
    (project.path / "app.py").unlink()
    project.write(
        test_it="""
            import sys

            def test_nothing_heavy_has_been_imported():
                heavy = {"httpx", "httpx2", "yaml", "orjson", "jsonpath_rfc9535"}
                assert not heavy & set(sys.modules)
                assert "llmcassette.clients" not in sys.modules
                assert "conftest_plugin" in sys.modules
            """
    )
    others = ("respx", "anyio", "asyncio", "xdist", "hypothesispytest", "pytest_cov")
    options = [option for name in others for option in ("-p", f"no:{name}")]

    project.ini()
    project.run_apart(*options).assert_outcomes(passed=1)


def test_importing_the_plugin_and_the_package_loads_nothing_heavy():
    script = (
        "import sys, conftest_plugin, llmcassette\n"
        "print({'httpx', 'httpx2', 'yaml', 'orjson', 'jsonpath_rfc9535'} & set(sys.modules))"
    )

    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"


def test_uses_no_autouse_fixture_and_says_nothing(project):
    project.test("""
        def test_x(request):
            assert not [name for name in request.fixturenames if "llm" in name]
        """)

    result = project.run("-v", "--setup-show")

    result.assert_outcomes(passed=1)
    header = next(line for line in result.outlines if line.startswith("plugins: "))
    rest = [line for line in result.outlines if line != header]
    assert not [line for line in rest if "llm" in line.lower()]


def test_a_project_may_name_the_plugin_itself(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest='pytest_plugins = ["conftest_plugin"]',
        test_it="""
            import pytest
            from app import ask
            @pytest.mark.llm_cassette("a.yaml")
            def test_x(): assert ask("one") == "re: one"
            """,
    )

    project.run().assert_outcomes(passed=1)
    project.run("-p", "conftest_plugin").assert_outcomes(passed=1)


def test_the_plugin_can_be_left_out(project):
    project.test("""
        def test_x(request):
            assert not request.config.pluginmanager.has_plugin("conftest_plugin")
        """)

    project.run("-p", "no:conftest_plugin").assert_outcomes(passed=1)


def test_a_run_inside_a_run_leaves_the_outer_one_its_cassette(project):
    project.cassette("a.yaml", "one", "two")
    project.cassette("b.yaml", "three")
    project.write(
        inner__test_inner="""
            import pytest
            from app import ask
            @pytest.mark.llm_cassette("../../cassettes/b.yaml")
            def test_x(): assert ask("three") == "re: three"
            """,
        test_outer="""
            import pytest
            from app import ask, ask_swallowing
            @pytest.mark.llm_cassette("a.yaml")
            def test_x():
                assert ask("one") == "re: one"
                assert pytest.main(["inner", "-p", "no:cacheprovider"]) == 0
                assert ask("two") == "re: two"
                ask_swallowing("four")
            """,
    )

    result = project.run("test_outer.py")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_outer.py:8: UnmatchedRequestError"])
