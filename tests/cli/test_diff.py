"""``llmcassette diff``, its output whole."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from llmcassette import storage
from llmcassette.cli.output.text import text_width
from llmcassette.model import Cassette, Headers, Request, Response
from tests.cli.cassettes import answering, asking, calling, failing, numbered, result, user
from tests.cli.commands import Commands
from tests.corpus import CORPUS, SAMPLES, needs_corpus

HI = asking(user("Say hi"))


@pytest.fixture
def run(tmp_path, monkeypatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def write(run: Commands, old, new) -> tuple[str, str]:
    run.write("old.yaml", *numbered(*old))
    run.write("new.yaml", *numbered(*new))
    return "old.yaml", "new.yaml"


def test_a_cassette_is_equal_to_itself(run):
    files = write(run, [(HI, answering())], [(HI, answering())])

    ran = run("diff", *files)

    assert ran.out == "old.yaml → new.yaml\n1 interaction, equal\n"
    assert (ran.code, ran.err) == (0, "")


def test_ids_times_and_fingerprints_do_not_make_a_difference(run):
    old = answering(more={"system_fingerprint": "fp_1"}, headers=Headers({"Date": "Monday"}))
    new = answering(
        more={"id": "chatcmpl-2", "created": 2, "system_fingerprint": "fp_2"},
        headers=Headers({"Date": "Tuesday"}),
        duration=0.7,
    )
    files = write(run, [(HI, old)], [(HI, new)])

    ran = run("diff", *files)

    assert ran.code == 0
    assert ran.out == (
        "old.yaml → new.yaml\n"
        "1 interaction, equal except for id, created, system_fingerprint, response header\n"
        "date, duration\n"
    )


def test_all_shows_them(run):
    files = write(run, [(HI, answering())], [(HI, answering(duration=0.7))])

    assert (
        run("diff", *files, "--all").out
        == """\
old.yaml → new.yaml
1 interaction, equal except for duration

0  openai gpt-x ────────────────────────────────────────────────────────────────
  duration  0.500 s → 0.700 s
"""
    )


def test_a_changed_prompt_tool_and_parameter_and_what_became_of_the_answer(run):
    tool = {"type": "function", "function": {"name": "weather", "description": "Look it up"}}
    old = asking(user("Weather in Rome?"), tools=[tool], temperature=0)
    tool = {"type": "function", "function": {"name": "weather", "description": "Look up"}}
    new = asking(user("Weather in Rome, please?"), tools=[tool], temperature=1)
    files = write(
        run,
        [(old, answering(calling(("c1", "weather", {"city": "Rome"})), finish="tool_calls"))],
        [(new, answering("It is hot in Rome.", usage=(12, 9)))],
    )

    ran = run("diff", *files)

    assert ran.code == 1
    assert (
        ran.out
        == """\
old.yaml → new.yaml
1 interaction, 1 request changed, 1 answer changed, 1 token count changed

0  openai gpt-x ────────────────────────────────────────────────────────────────
  request changed: user message, tool weather, temperature · answer changed:
  text, tool call 1, finish reason · token count changed
  messages[0].content (user message)
    - "Weather in Rome?"
    + "Weather in Rome{+, please+}?"
  tools[0].function.description (tool weather)
    - "Look [-it -]up"
    + "Look up"
  temperature  0 → 1
  text  + It is hot in Rome.
  tool call 1  - weather(city="Rome")
  finish reason  tool_calls → stop
  tokens  10 in, 5 out → 12 in, 9 out
"""
    )


def test_interactions_are_paired_by_their_requests_not_by_position(run):
    one, two, three = (asking(user(f"Tell me about {x}")) for x in ("cats", "dogs", "whales"))
    files = write(
        run,
        [(one, answering("Cats purr.")), (two, answering("Dogs bark."))],
        [
            (three, answering("Whales sing.")),
            (two, answering("Dogs bark.")),
            (one, answering("Cats sleep.")),
        ],
    )

    ran = run("diff", *files)

    assert (
        ran.out
        == """\
old.yaml → new.yaml
3 interactions, 1 added, 1 answer reworded

0  openai gpt-x ────────────────────────────────────────────────────────── added
  user        Tell me about whales
  answer      Whales sing.
              stop · 10 in, 5 out · 500 ms

0 → 2  openai gpt-x ────────────────────────────────────────────────────────────
  answer reworded
  text
    - Cats [-purr-].
    + Cats {+sleep+}.
"""
    )


def test_a_conversation_in_another_order_is_equal(run):
    one, two = asking(user("One")), asking(user("Two"))
    files = write(
        run, [(one, answering()), (two, answering())], [(two, answering()), (one, answering())]
    )

    ran = run("diff", *files)

    assert ran.out.splitlines()[1] == "2 interactions, equal except for order of interactions"
    assert ran.code == 0


def test_a_changed_answer_is_shown_once_not_in_each_request_that_repeats_it(run):
    def agent(first: str, key: str):
        call = {"role": "assistant", **calling((key, "weather", {"city": "Rome"}), content=first)}
        history = [user("Weather?"), call, result(key, "40 C")]
        return [
            (asking(history[0]), answering(call, finish="tool_calls")),
            (asking(*history), answering("Hot.")),
        ]

    ran = run("diff", *write(run, agent("Let me see.", "call_1"), agent("Let me look.", "call_2")))

    assert (
        ran.out
        == """\
old.yaml → new.yaml
2 interactions, 1 answer reworded

0  openai gpt-x ────────────────────────────────────────────────────────────────
  answer reworded
  text
    - Let me [-see-].
    + Let me {+look+}.
  ignored: id
"""
    )


def test_results_handed_to_the_wrong_calls_are_a_difference(run):
    calls = {
        "role": "assistant",
        **calling(("a", "weather", {"city": "Rome"}), ("b", "weather", {"city": "Oslo"})),
    }
    old = asking(user("?"), calls, result("a", "40 C"), result("b", "5 C"))
    new = asking(user("?"), calls, result("b", "40 C"), result("a", "5 C"))

    ran = run("diff", *write(run, [(old, answering())], [(new, answering())]))

    assert ran.code == 1
    assert (
        ran.out
        == """\
old.yaml → new.yaml
1 interaction, 1 request changed

0  openai gpt-x ────────────────────────────────────────────────────────────────
  request changed: tool call id
  messages[2].tool_call_id (tool call id)
    - "call [-1-] of weather"
    + "call {+2+} of weather"
  messages[3].tool_call_id (tool call id)
    - "call [-2-] of weather"
    + "call {+1+} of weather"
"""
    )


def test_the_same_change_in_every_request_is_shown_once(run):
    def agent(prompt: str):
        system = {"role": "system", "content": prompt}
        return [(asking(system, user(text)), answering()) for text in ("One", "Two")]

    ran = run("diff", *write(run, agent("Be kind."), agent("Be very kind.")))

    assert ran.out.endswith(
        "1  openai gpt-x ────────────────────────────────────────────────────────────────\n"
        "  request changed: system prompt\n"
        "  same as above: system prompt\n"
    )
    assert ran.out.count("very") == 1


def test_an_error_in_place_of_an_answer(run):
    error = failing(529, "529 Overloaded", "overloaded_error", "Overloaded.")

    ran = run("diff", *write(run, [(HI, answering())], [(HI, error)]))

    assert (
        ran.out
        == """\
old.yaml → new.yaml
1 interaction, 1 error, 1 answer changed, 1 token count changed

0  openai gpt-x ───────────────────────────────────────────────── 529 Overloaded
  error: status, error · answer changed: text, finish reason · token count
  changed
  status  200 OK → 529 Overloaded
  error  + 529 overloaded_error: Overloaded.
  text  - Hi.
  finish reason  - stop
  tokens  - 10 in, 5 out
  ignored: duration
"""
    )


def test_a_key_that_the_answers_never_had_is_a_change_of_shape(run):
    files = write(
        run,
        [(HI, answering())],
        [(HI, answering(more={"service_tier": "flex", "audit": {"a": 1}}))],
    )

    assert (
        run("diff", *files).out
        == """\
old.yaml → new.yaml
1 interaction, 1 answer shape changed

0  openai gpt-x ────────────────────────────────────────────────────────────────
  answer shape changed: 2 keys
  keys of the answer
    + service_tier  "flex"
    + audit  {"a": 1}
"""
    )


def test_other_http_differs_by_json_path_by_word_or_by_size(run):
    def got(body: bytes, type: str = "application/json") -> Response:
        return Response(code=200, headers=Headers({"Content-Type": type}), body=body)

    def at(path: str) -> Request:
        return Request(method="GET", url=f"https://example.com/{path}")

    files = write(
        run,
        [
            (at("a"), got(b'{"id": 1, "n": 1, "name": "old name"}')),
            (at("b"), got(b"some text", "text/plain")),
            (at("c"), got(b"\xff\x00", "image/png")),
        ],
        [
            (at("a"), got(b'{"id": 2, "n": 2, "name": "new name", "more": []}')),
            (at("b"), got(b"some words", "text/plain")),
            (at("c"), got(b"\xff\x00\x01", "image/png")),
        ],
    )

    assert (
        run("diff", *files).out
        == """\
old.yaml → new.yaml
3 interactions, 1 answer shape changed, 2 answers changed, 1 answer reworded

0  GET example.com/a ─────────────────────────────────────────────────────── 200
  answer shape changed: more · answer changed: n, name
  n  1 → 2
  name
    - [-old-] name
    + {+new+} name
  more  + []
  ignored: id

1  GET example.com/b ─────────────────────────────────────────────────────── 200
  answer reworded
  body
    - some [-text-]
    + some {+words+}

2  GET example.com/c ─────────────────────────────────────────────────────── 200
  answer changed: body
  body  2 bytes, sha256 ea5dbf95… → 3 bytes, sha256 942e1e2a…
"""
    )


def test_headers_that_say_something_and_credentials_that_must_not_be_shown(run):
    def got(**headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(answering(), headers=Headers({"Content-Type": "application/json", **named}))

    files = write(
        run,
        [(HI, got(x_request_id="1", openai_version="2020", set_cookie="secret-a"))],
        [(HI, got(x_request_id="2", openai_version="2026", set_cookie="secret-b"))],
    )

    shown = run("diff", *files, "--all").out

    assert "  headers changed: response header openai-version\n" in shown
    assert "  response header openai-version  2020 → 2026\n" in shown
    assert "secret" not in shown


def test_what_pyproject_ignores_does_not_count_unless_all_is_given(run):
    (run.folder / "pyproject.toml").write_text('[tool.llmcassette]\nignore = ["$.user"]\n')
    files = write(
        run,
        [(asking(user("Hi"), user="a"), answering())],
        [(asking(user("Hi"), user="b"), answering())],
    )

    assert run("diff", *files).code == 0
    assert run("diff", *files, "--all").code == 1


def test_folders_are_compared_file_by_file(run):
    for side, text in (("old", "Cats purr."), ("new", "Cats sleep.")):
        (run.folder / side / "sub").mkdir(parents=True)
        run.write(f"{side}/same.yaml", *numbered((HI, answering())))
        run.write(f"{side}/sub/cats.yaml", *numbered((HI, answering(text))))
        run.write(f"{side}/{side}-only.yaml", *numbered((HI, answering())))

    ran = run("diff", "old", "new")

    assert (
        ran.out
        == """\
new-only.yaml (only in new)
1 interaction, 1 added

0  openai gpt-x ────────────────────────────────────────────────────────── added
  user        Say hi
  answer      Hi.
              stop · 10 in, 5 out · 500 ms

old-only.yaml (only in old)
1 interaction, 1 removed

0  openai gpt-x ──────────────────────────────────────────────────────── removed
  user        Say hi
  answer      Hi.
              stop · 10 in, 5 out · 500 ms

old/sub/cats.yaml → new/sub/cats.yaml
1 interaction, 1 answer reworded

0  openai gpt-x ────────────────────────────────────────────────────────────────
  answer reworded
  text
    - Cats [-purr-].
    + Cats {+sleep+}.

4 cassettes, 1 equal
"""
    )
    assert (
        run("diff", "old", "new", "--stat").out
        == """\
new-only.yaml  only in new
old-only.yaml  only in old
same.yaml      equal
sub/cats.yaml  1 answer reworded
"""
    )
    assert run("diff", "old", "old").out == "3 cassettes, 3 equal\n"


def git(run: Commands, *args: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *args], cwd=run.folder, check=True, capture_output=True)


@pytest.fixture
def repository(run) -> Commands:
    (run.folder / "cassettes").mkdir()
    run.write("cassettes/cats.yaml", *numbered((HI, answering("Cats purr."))))
    run.write("cassettes/gone.yaml", *numbered((HI, answering())))
    git(run, "init", "-q")
    git(run, "add", ".")
    git(run, "commit", "-qm", "one")
    run.write("cassettes/cats.yaml", *numbered((HI, answering("Cats sleep."))))
    run.write("cassettes/new.yaml", *numbered((HI, answering())))
    (run.folder / "cassettes/gone.yaml").unlink()
    return run


def test_a_file_against_a_commit(repository):
    ran = repository("diff", "cassettes/cats.yaml", "--git", "HEAD")

    assert ran.code == 1
    assert ran.out.startswith(
        "HEAD:cassettes/cats.yaml → cassettes/cats.yaml\n1 interaction, 1 answer reworded\n"
    )


@pytest.mark.parametrize(("name", "state"), [("new", "only in new"), ("gone", "only in old")])
def test_a_file_that_is_new_or_gone_since_a_commit(repository, name, state):
    ran = repository("diff", f"cassettes/{name}.yaml", "--git", "HEAD")

    assert ran.code == 1
    assert ran.out.splitlines()[0] == f"cassettes/{name}.yaml ({state})"


def test_a_folder_against_a_commit(repository):
    ran = repository("diff", "cassettes", "--git", "HEAD", "--stat")

    assert ran.code == 1
    assert ran.out == (
        "cassettes/cats.yaml  1 answer reworded\n"
        "cassettes/gone.yaml  only in old\n"
        "cassettes/new.yaml   only in new\n"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["cats.yaml", "--git", "nope"], "git failed: Not a valid object name nope"),
        (["nowhere/none", "--git", "HEAD"], "llmcassette: nowhere: no such folder"),
        (["none.yaml", "--git", "HEAD"], "no cassette found, neither now nor in HEAD"),
        (["cats.yaml", "absent.yaml"], "absent.yaml: no such file"),
        (["cats.yaml", "."], "cats.yaml: not a folder; compare two files or two folders"),
        ([".", "cats.yaml"], "cats.yaml: not a folder; compare two files or two folders"),
        (["empty", "empty"], "neither folder contains a .yaml file"),
    ],
)
def test_an_error_is_one_message_and_exit_code_2(repository, monkeypatch, args, message):
    monkeypatch.chdir(repository.folder / "cassettes")
    (repository.folder / "cassettes/empty").mkdir()

    ran = repository("diff", *args)

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert message in ran.err


def test_without_git_the_message_says_so(run, monkeypatch):
    monkeypatch.setenv("PATH", "")

    ran = run("diff", "a.yaml", "--git", "HEAD")

    assert (ran.code, ran.err) == (2, "llmcassette: cannot run git: No such file or directory\n")


def test_two_files_and_a_commit_are_one_side_too_many(run):
    ran = run("diff", "a.yaml", "b.yaml", "--git", "HEAD")

    assert ran.code == 2
    assert ran.err.endswith("Error: give either NEW or --git REV\n")


def test_one_path_is_compared_with_the_last_commit(repository):
    assert repository("diff", "cassettes/cats.yaml").out.startswith(
        "HEAD:cassettes/cats.yaml → cassettes/cats.yaml\n"
    )


def test_alone_it_compares_what_changed_since_the_last_commit_but_for_other_tools_files(repository):
    (repository.folder / "compose.yaml").write_text("services: {}\n")

    ran = repository("diff", "--stat")

    assert ran.code == 1
    assert ran.out == (
        "cassettes/cats.yaml  1 answer reworded\n"
        "cassettes/gone.yaml  only in old\n"
        "cassettes/new.yaml   only in new\n"
    )


def test_a_prompt_that_changed_in_several_cassettes_is_shown_once(run):
    def side(prompt: str, text: str) -> tuple[Request, Response]:
        return asking({"role": "system", "content": prompt}, user(text)), answering()

    for folder, prompt in (("old", "Be kind."), ("new", "Be very kind.")):
        (run.folder / folder).mkdir()
        for text in ("one", "two", "three"):
            run.write(f"{folder}/{text}.yaml", *numbered(side(prompt, text)))

    assert (
        run("diff", "old", "new").out
        == """\
system prompt changed (in 3 cassettes)
  messages[0].content (system prompt)
    - "Be kind."
    + "Be {+very +}kind."
  one.yaml
  three.yaml
  two.yaml

3 cassettes, 0 equal
"""
    )


def test_the_null_device_is_an_empty_cassette_as_git_difftool_has_it(run):
    run.write("new.yaml", *numbered((HI, answering())))

    ran = run("diff", "/dev/null", "new.yaml")

    assert (ran.code, ran.out.splitlines()[1]) == (1, "1 interaction, 1 added")


def test_json_has_kinds_places_and_texts(run):
    files = write(
        run, [(HI, answering("Cats purr."))], [(HI, answering("Cats sleep.", duration=1))]
    )

    document = json.loads(run("diff", *files, "--json").out)

    assert document == {
        "schema": 1,
        "equal": False,
        "files": [
            {
                "old": "old.yaml",
                "new": "new.yaml",
                "equal": False,
                "moved": False,
                "interactions": [
                    {
                        "old": 0,
                        "new": 0,
                        "equal": False,
                        "kinds": ["reworded"],
                        "differences": [
                            {
                                "kind": "reworded",
                                "place": "text",
                                "name": "",
                                "old": "Cats purr.",
                                "new": "Cats sleep.",
                            }
                        ],
                        "noise": [
                            {
                                "kind": "noise",
                                "place": "duration",
                                "name": "",
                                "old": "0.500 s",
                                "new": "1.000 s",
                            }
                        ],
                    }
                ],
            }
        ],
    }


def test_a_real_re_recording_at_another_provider(run, monkeypatch):
    monkeypatch.chdir(SAMPLES)

    ran = run("diff", "tool_streaming.yaml", "tool_streaming_together.yaml")

    assert (
        ran.out
        == """\
tool_streaming.yaml → tool_streaming_together.yaml
2 interactions, 2 requests changed, 2 answer shapes changed, 2 answers changed,
1 answer reworded, 2 token counts changed

0  openrouter moonshotai/kimi-k2-0905 ──────────────────────────────────────────
  request changed: provider · answer shape changed: 3 keys · answer changed:
  tool call 1, provider of the answer · token count changed
  provider  + {"only": ["together"]}
  tool call 1, weather.location
    - Florence,[- -]Italy
    + Florence,Italy
  tokens  68 in (68 cached), 31 out → 105 in, 32 out
  provider of the answer  Moonshot AI → Together
  usage.cost  0.0002582 → 0.000201
  usage.cost_details.upstream_inference_cost  0.0002582 → null
  usage.cost_details.upstream_inference_prompt_cost  1.02e-05 → 0.000105
  usage.cost_details.upstream_inference_completions_cost  0.000248 → 9.6e-05
  keys of the answer
    - usage.prompt_tokens_details.cache_write_tokens  0
    - usage.prompt_tokens_details.video_tokens  0
    - usage.completion_tokens_details.audio_tokens  0
  ignored: request header user-agent, id, created, system_fingerprint, duration

1  openrouter moonshotai/kimi-k2-0905 ──────────────────────────────────────────
  request changed: provider · answer shape changed: 3 keys · answer changed:
  provider of the answer · answer reworded · token count changed
  text
    - [-The current weather-] in Florence[-, Italy is-] 40°C (104°F).[- It's
      quite hot there right now!-]
    + {+It’s very hot+} in Florence{+ right now—about+} 40{+ +}°C (104{+ +}°F).
  tokens  121 in (32 cached), 22 out → 205 in, 20 out
  provider of the answer  DeepInfra → Together
  usage.cost  8.44e-05 → 0.000265
  usage.cost_details.upstream_inference_cost  8.44e-05 → null
  usage.cost_details.upstream_inference_prompt_cost  4.04e-05 → 0.000205
  usage.cost_details.upstream_inference_completions_cost  4.4e-05 → 6e-05
  same as above: provider, 3 keys
  ignored: earlier answers in the request, tool call ids, request header
  user-agent, id, created, duration
"""
    )


@needs_corpus
def test_the_same_test_recorded_with_another_model_is_a_page_not_hundreds_of_lines(run):
    theirs = "fantasy/providertests/testdata/TestOpenRouterCommonWithAnthropicCache/anthropic"
    name = "multi_tool_streaming.yaml"

    ran = run("diff", str(SAMPLES / name), str(CORPUS / "go-vcr-v2" / theirs / name))

    lines = ran.out.splitlines()
    assert ran.code == 1
    assert len(lines) < 60
    assert max(map(text_width, lines)) <= 80
    text = " ".join(line.strip() for line in lines)
    assert "request changed: model, " in text
    assert "answer reworded" in text
    assert 'model  "moonshotai/kimi-k2-0905" → "anthropic/claude-haiku-4.5"' in text


def test_reading_a_broken_cassette_is_an_error_and_the_others_are_compared(run):
    for side in ("old", "new"):
        (run.folder / side).mkdir()
        run.write(f"{side}/good.yaml", *numbered((HI, answering(side))))
    (run.folder / "old/bad.yaml").write_text("version: 3\n")
    storage.dump(Cassette(), run.folder / "new/bad.yaml")

    ran = run("diff", "old", "new", "--stat")

    assert ran.code == 2
    assert ran.err.startswith("llmcassette: old/bad.yaml:1: version: ")
    assert ran.out == "good.yaml  1 answer reworded\n"
