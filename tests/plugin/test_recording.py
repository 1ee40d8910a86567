"""What a run records, when it is saved, and what the summary says."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import llmcassette
from tests.plugin.conftest import section, untimed


class Provider(BaseHTTPRequestHandler):
    """Answers every question; counts them."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        question = json.loads(body)["question"] if body.startswith(b"{") else body
        self.server.asked.append(question)
        answer = json.dumps({"answer": f"live: {question}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.url = f"http://127.0.0.1:{server.server_port}/ask"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def asked(server):
    """The questions that reached the provider."""
    server.asked = []
    return server.asked


@pytest.fixture
def live(project, server, asked):
    """The project, with a function that asks the live provider."""
    project.write(
        live=f"""
            import app
            def ask(question): return app.ask(question, url={server.url!r})
            """
    )
    project.url = server.url
    return project


def questions(path):
    return [
        json.loads(interaction.request.body)["question"]
        for interaction in llmcassette.load(path).interactions
    ]


ONE = """
import pytest
from live import ask

@pytest.mark.llm_cassette("new.yaml")
def test_x():
    assert ask("one") == "live: one"
"""


def test_a_passing_test_is_recorded_once_and_replayed_from_then_on(live, asked):
    live.test(ONE)
    file = live.path / "cassettes" / "new.yaml"

    first = live.run("--llm-record")
    second = live.run("--llm-record")
    third = live.run()

    for result in (first, second, third):
        result.assert_outcomes(passed=1)
    assert asked == ["one"]
    assert questions(file) == ["one"]
    assert section(first, "llmcassette") == (
        "recorded 1 interaction into 1 cassette:\n  cassettes/new.yaml"
    )
    assert untimed(third) == ["replayed 1 interaction from 1 cassette"]


FAILING = """
import pytest
from live import ask

@pytest.mark.llm_cassette("new.yaml")
def test_x():
    assert ask("one") == "something else"
"""

ENDS = {
    "failed": FAILING,
    "xfailed": FAILING.replace("@pytest", "@pytest.mark.xfail\n@pytest", 1),
    "skipped": FAILING.replace(
        'assert ask("one") == "something else"', 'ask("one"); pytest.skip()'
    ),
    "errors": FAILING
    + "\n@pytest.fixture(autouse=True)\ndef broken(): ask('one'); raise OSError\n",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_test_that_did_not_pass_is_not_saved(live, asked, how):
    live.test(ENDS[how])

    result = live.run("--llm-record")

    result.assert_outcomes(**{how: 1})
    assert asked
    assert not (live.path / "cassettes").exists()
    assert section(result, "llmcassette") == (
        "not saved, because the test did not pass (--llm-record-failed saves it):\n"
        "  test_it.py::test_x"
    )


@pytest.mark.parametrize("how", ENDS)
def test_what_a_failing_test_recorded_can_be_saved_all_the_same(live, asked, how):
    live.test(ENDS[how])

    result = live.run("--llm-record", "--llm-record-failed")

    result.assert_outcomes(**{how: 1})
    assert questions(live.path / "cassettes" / "new.yaml") == asked


@pytest.mark.parametrize("mode", ["all", "rewrite", "new_episodes"])
def test_a_failing_test_leaves_the_old_file_as_it_was(live, asked, mode):
    file = live.cassette("new.yaml", "old")
    before = file.read_bytes()
    live.test(FAILING)

    live.run(f"--llm-mode={mode}").assert_outcomes(failed=1)

    assert asked == ["one"]
    assert file.read_bytes() == before


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 brings subtests")
def test_a_failing_subtest_keeps_its_test_from_being_saved(live, asked):
    live.test("""
        import pytest
        from live import ask

        @pytest.mark.llm_cassette("new.yaml")
        def test_x(subtests):
            with subtests.test("broken"):
                assert ask("one") == "something else"
        """)

    live.run("--llm-record")

    assert asked == ["one"]
    assert not (live.path / "cassettes").exists()


def test_two_tests_of_a_new_cassette_record_into_it_together(live, asked):
    live.test("""
        import pytest
        from live import ask
        pytestmark = pytest.mark.llm_cassette("new.yaml")
        def test_x(): assert ask("one")
        def test_y(): assert ask("two")
        """)

    live.run("--llm-record").assert_outcomes(passed=2)
    live.run().assert_outcomes(passed=2)

    assert asked == questions(live.path / "cassettes" / "new.yaml") == ["one", "two"]


def test_a_wider_fixture_records_what_it_asked(live, asked):
    live.write(
        test_it="""
            import pytest
            from live import ask

            @pytest.fixture(scope="session")
            def index(llm_cassettes):
                with llm_cassettes("index.yaml"):
                    return ask("index")

            def test_x(index): assert index == "live: index"
            """
    )

    live.run("--llm-record").assert_outcomes(passed=1)
    live.run().assert_outcomes(passed=1)

    assert asked == questions(live.path / "cassettes" / "index.yaml") == ["index"]


def test_a_wider_fixture_that_fails_is_not_saved(live, asked):
    live.write(
        test_it="""
            import pytest
            from live import ask

            @pytest.fixture(scope="session")
            def index(llm_cassettes):
                with llm_cassettes("index.yaml"):
                    ask("index")
                    raise OSError

            def test_x(index): pass
            """
    )

    live.run("--llm-record").assert_outcomes(errors=1)

    assert asked == ["index"]
    assert not (live.path / "cassettes").exists()


SHARED = """
import pytest
from live import ask

pytestmark = pytest.mark.llm_cassette("shared.yaml")

def test_x():
    assert ask("both") and ask("x")

class TestY:
    def test_y(self):
        assert ask("both") and ask("y")
"""


def test_a_shared_file_is_rewritten_when_all_its_tests_have_passed(live, asked):
    file = live.cassette("shared.yaml", "old")
    live.test(SHARED)

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=2)
    assert asked == ["both", "x", "both", "y"]
    assert questions(file) == ["both", "x", "y"]
    assert section(result, "llmcassette") == (
        "recorded 3 interactions into 1 cassette:\n  cassettes/shared.yaml"
    )
    live.run().assert_outcomes(passed=2)


def test_a_shared_file_stays_as_it_was_where_one_of_its_tests_fails(live):
    file = live.cassette("shared.yaml", "old")
    before = file.read_bytes()
    live.test(SHARED + "        assert False\n")

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=1, failed=1)
    assert file.read_bytes() == before
    assert section(result, "llmcassette") == (
        "not saved, because the test did not pass (--llm-record-failed saves it):\n"
        "  test_it.py::TestY::test_y\n"
        "cassettes/shared.yaml was not rewritten, because these tests did not pass:\n"
        "  test_it.py::TestY::test_y"
    )


def test_a_shared_file_stays_as_it_was_where_some_of_it_must_not_be_written(live, monkeypatch):
    file = live.cassette("shared.yaml", "old")
    before = file.read_bytes()
    live.test(
        SHARED,
        """
        def test_z():
            ask("z")
            httpx.post(URL, content=b"\\x89PNG" + os.environb[b"PLANTED_TOKEN"] + b"\\0")
        """.replace("URL", repr(live.url)),
        "import httpx, os",
    )
    monkeypatch.setenv("PLANTED_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=2, failed=1)
    assert file.read_bytes() == before
    beside = file.with_name("shared.unsaved-1.yaml")
    assert questions(beside) == ["z"]
    assert section(result, "FAILURES") == (
        "____________________________________ test_z ____________________________________\n"
        "cassettes/shared.yaml: not saved, for what was recorded may not be written "
        "as it is:\n"
        "  interaction 1, request.body, line 1 (byte 4): the value of PLANTED_TOKEN; it "
        "cannot be replaced without breaking the body\n"
        "Keep it out of the conversation, or remove it with a redaction function.\n"
        "The recording was saved as cassettes/shared.unsaved-1.yaml instead.\n"
        "\n"
        "test_it.py:13: ReplayError"
    )
    assert section(result, "llmcassette") == (
        "cassettes/shared.yaml was not rewritten, because these tests did not pass:\n"
        "  test_it.py::test_z"
    )


OTHER = """
import pytest
from live import ask

@pytest.mark.llm_cassette("shared.yaml")
def test_z():
    assert ask("z")
"""

PARTS = {
    "deselected": (["-k", "test_x"], ["test_it.py::TestY::test_y", "test_other.py::test_z"]),
    "by its id": (["test_it.py::test_x"], ["test_it.py::TestY", "test_other.py"]),
    "one file": (["test_it.py"], ["test_other.py"]),
}


@pytest.mark.parametrize("how", PARTS)
def test_a_shared_file_is_not_rewritten_for_a_part_of_its_tests(live, asked, how):
    options, missing = PARTS[how]
    file = live.cassette("shared.yaml", "old")
    before = file.read_bytes()
    live.test(
        SHARED.replace("pytestmark = ", "marked = ")
        .replace("def test_x", "@marked\ndef test_x")
        .replace("class TestY", "@marked\nclass TestY")
    )
    live.write(test_other=OTHER)

    result = live.run("--llm-mode=rewrite", *options)

    assert file.read_bytes() == before
    assert asked == []
    names = "".join(f"\n  {name}" for name in missing)
    assert section(result, "ERRORS").startswith(
        "___________________________ ERROR at setup of test_x ___________________________\n"
        "llmcassette: cassettes/shared.yaml: rewriting it needs every test that names it; "
        f"not selected are:{names}\n"
        "Or add to it, and leave what is there: --llm-mode=new_episodes"
    )


def test_a_file_of_one_test_is_rewritten_for_itself(live, asked):
    file = live.cassette("new.yaml", "old")
    live.test(ONE)

    live.run("--llm-mode=rewrite", "test_it.py::test_x").assert_outcomes(passed=1)

    assert questions(file) == asked == ["one"]


def test_the_summary_adds_up_what_was_replayed(project):
    project.cassette("a.yaml", "one", "two")
    project.test("""
        import pytest
        from app import ask

        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.parametrize("questions", [["one"], ["one", "two"]])
        def test_x(questions):
            for question in questions:
                ask(question)

        def test_y(llm_cassettes):
            with llm_cassettes("a.yaml"):
                ask("one")
        """)

    result = project.run()

    assert section(result, "llmcassette") == (
        "replayed 4 interactions from 1 cassette: saved 6.0 s"
    )
    result.assert_outcomes(passed=3)


def test_the_summary_of_replay_alone_is_left_out_of_a_quiet_run(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): ask("one")
        """)

    project.run("-q").stdout.no_fnmatch_line("*llmcassette*")


def test_the_summary_is_left_out_where_nothing_was_replayed(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(): pass
        """)

    assert not [line for line in project.run().outlines if line.startswith("=== llm")]


def test_other_files_and_classes_of_the_folder_do_not_matter_to_a_rewrite(live, asked):
    file = live.cassette("new.yaml", "old")
    live.test(
        ONE,
        """
        @pytest.mark.llm_cassette("other.yaml")
        class TestOther:
            pytestmark = pytest.mark.llm_cassette("another.yaml")
            def test_z(self): pass
        """,
    )
    live.write(test_other=OTHER)

    live.run("--llm-mode=rewrite", "test_it.py::test_x").assert_outcomes(passed=1)

    assert questions(file) == asked == ["one"]


def test_a_class_that_says_pytestmark_belongs_to_the_group(live, asked):
    live.cassette("new.yaml", "old")
    live.test(
        ONE,
        """
        class TestOther:
            pytestmark = pytest.mark.llm_cassette("new.yaml")
            def test_z(self): pass
        """,
    )

    result = live.run("--llm-mode=rewrite", "test_it.py::test_x")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*not selected are:", "  test_it.py::TestOther"])


SILENT = """
import pytest
from live import ask

@pytest.mark.llm_cassette
def test_x():
    pass
"""
NOTHING = (
    "recorded nothing (remove the marker llm_cassette, or check whether another mock answered):\n"
)


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
def test_a_test_that_recorded_nothing_is_named(live, mode):
    live.test(SILENT)

    result = live.run(f"--llm-mode={mode}")

    result.assert_outcomes(passed=1)
    assert section(result, "llmcassette") == f"{NOTHING}  test_it.py::test_x"
    assert result.ret == pytest.ExitCode.OK
    live.run().assert_outcomes(passed=1)


def test_a_request_that_got_no_answer_is_recorded_and_replays(live):
    live.test(
        SILENT.replace(
            "    pass",
            "    import app, httpx\n"
            "    with pytest.raises(httpx.ConnectError):\n"
            '        app.ask("one", url="http://127.0.0.1:9")',
        )
    )

    live.run("--llm-record").assert_outcomes(passed=1)
    live.run("--llm-ci").assert_outcomes(passed=1)


IN_NO_NEED = {
    "it is skipped": SILENT.replace("    pass", "    pytest.skip()"),
    "it fails": SILENT.replace("    pass", "    assert False"),
    "it is to go live": SILENT.replace("llm_cassette", 'llm_cassette(mode="live")'),
    "another records into the file": ONE
    + SILENT.replace("llm_cassette", 'llm_cassette("new.yaml")').replace("test_x", "test_y"),
    "its fixture asks at the very end": SILENT.replace("test_x()", "test_x(last)")
    + '\n@pytest.fixture\ndef last():\n    yield\n    ask("one")\n',
}


@pytest.mark.parametrize("why", IN_NO_NEED)
def test_one_is_not_named_where(live, why):
    live.test(IN_NO_NEED[why])

    result = live.run(*([] if "live" in why else ["--llm-mode=all"]))

    assert sum(result.parseoutcomes().values()) >= 1
    result.stdout.no_fnmatch_line("*recorded nothing*")


def test_one_is_not_named_that_has_its_cassette(live):
    live.test(ONE.replace("def test_x():", "def test_x():\n    return"))
    live.cassette("new.yaml", "one")

    for mode in ("once", "new_episodes", "all", "rewrite"):
        live.run(f"--llm-mode={mode}").stdout.no_fnmatch_line("*recorded nothing*")
