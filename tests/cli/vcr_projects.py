"""Projects that use vcrpy, by shape: their files, as people write them."""

from __future__ import annotations

import json
from textwrap import dedent

URL = "https://api.example.com/v1/chat"


def cassette(*exchanges: tuple[str, str], url: str = URL) -> str:
    """A cassette of vcrpy: requests with a text, and their answers."""
    lines = ["interactions:"]
    for sent, answer in exchanges:
        lines += [
            "- request:",
            f"    body: '{json.dumps({'text': sent})}'",
            "    headers:",
            "      content-type: [application/json]",
            "    method: POST",
            f"    uri: {url}",
            "  response:",
            "    body:",
            f"      string: '{json.dumps({'answer': answer})}'",
            "    headers:",
            "      Content-Type: [application/json]",
            "    status: {code: 200, message: OK}",
        ]
    return "\n".join([*lines, "version: 1", ""])


def json_cassette(sent: str, answer: str) -> str:
    """The same as the JSON serializer writes it."""
    request = {"method": "POST", "uri": URL, "body": json.dumps({"text": sent}), "headers": {}}
    body = {"string": json.dumps({"answer": answer})}
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"]},
        "body": body,
    }
    return json.dumps({"version": 1, "interactions": [{"request": request, "response": response}]})


ASK = """\
import httpx


def ask(text, **params):
    url = "https://api.example.com/v1/chat"
    return httpx.post(url, params=params, json={"text": text}).json()["answer"]
"""


MODULE_MARKERS = {
    "ask.py": ASK,
    "tests/conftest.py": dedent("""\
        import pytest


        @pytest.fixture(scope="module")
        def vcr_config():
            return {
                # never in a file
                "filter_headers": [("authorization", "DUMMY")],
                "filter_query_parameters": ["key"],
                "record_mode": "none",
            }
        """),
    "tests/test_agent.py": dedent("""\
        from unittest import mock

        import pytest

        from ask import ask

        pytestmark = [pytest.mark.vcr, pytest.mark.filterwarnings("ignore")]


        def test_recorded():
            # vcrpy compares no bodies
            assert ask("whatever", key="sk-secret") == "hello"


        def test_mocked():
            with mock.patch("test_agent.ask", return_value="mocked"):
                assert ask("x") == "mocked"


        def test_plain():
            assert 1 + 1 == 2
        """),
    "tests/cassettes/test_agent/test_recorded.yaml": cassette(("hi", "hello")),
}

MATCHERS_AND_SERIALIZERS = {
    "ask.py": ASK,
    "conftest.py": dedent("""\
        import json

        import pytest


        def same_text(r1, r2):
            assert json.loads(r1.body)["text"] == json.loads(r2.body)["text"]


        def pytest_recording_configure(config, vcr):
            vcr.register_matcher("same_text", same_text)


        @pytest.fixture
        def vcr_config():
            def before_record_response(response):
                return response

            return dict(
                serializer="json",
                match_on=["method", "host", "path", "same_text"],
                before_record_response=before_record_response,
                allow_playback_repeats=True,
            )
        """),
    "test_matched.py": dedent("""\
        import pytest

        from ask import ask


        @pytest.mark.vcr
        def test_twice():
            assert [ask("hi"), ask("hi")] == ["hello", "hello"]
        """),
    "cassettes/test_matched/test_twice.json": json_cassette("hi", "hello"),
}

OWN_FOLDER = {
    "ask.py": ASK,
    "tests/conftest.py": dedent("""\
        import os

        import pytest


        @pytest.fixture(scope="module")
        def vcr_cassette_dir(request):
            return os.path.join("tests/recordings", request.module.__name__)
        """),
    "tests/test_folder.py": dedent("""\
        import pytest

        from ask import ask


        @pytest.mark.vcr
        def test_default():
            assert ask("hi") == "hello"


        @pytest.mark.vcr
        @pytest.mark.default_cassette("shared.yaml")
        def test_named():
            assert ask("hi") == "shared"


        @pytest.mark.vcr(allow_playback_repeats=True)
        @pytest.mark.parametrize("count", [1, 2])
        def test_repeated(count):
            assert [ask("hi")] * count == ["again"] * count
        """),
    "tests/recordings/test_folder/test_default.yaml": cassette(("hi", "hello")),
    "tests/recordings/test_folder/shared.yaml": cassette(("hi", "shared")),
    "tests/recordings/test_folder/test_repeated[1].yaml": cassette(("hi", "again")),
    "tests/recordings/test_folder/test_repeated[2].yaml": cassette(("hi", "again")),
}

CLASSES = {
    "ask.py": ASK,
    "test_classes.py": dedent("""\
        import unittest

        import pytest

        from ask import ask


        @pytest.mark.vcr
        class TestChat:
            def test_one(self):
                assert ask("hi") == "one"

            class TestInner:
                def test_two(self):
                    assert ask("hi") == "two"


        class Case(unittest.TestCase):
            @pytest.mark.vcr()
            def test_three(self):
                self.assertEqual(ask("hi"), "three")
        """),
    "cassettes/test_classes/TestChat.test_one.yaml": cassette(("hi", "one")),
    "cassettes/test_classes/TestInner.test_two.yaml": cassette(("hi", "two")),
    "cassettes/test_classes/Case.test_three.yaml": cassette(("hi", "three")),
}

ODD_PARAMETERS = {
    "ask.py": ASK,
    "test_odd.py": dedent("""\
        import pytest

        from ask import ask

        MODELS = ["openai:gpt-4o", "a/b", "100%", "plain", "q?"]


        @pytest.mark.vcr
        @pytest.mark.parametrize("model", MODELS)
        def test_model(model):
            assert ask("hi") == model
        """),
    **{
        f"cassettes/test_odd/test_model[{safe}].yaml": cassette(("hi", model))
        for safe, model in [
            ("openai-gpt-4o", "openai:gpt-4o"),
            ("a-b", "a/b"),
            ("100-", "100%"),
            ("plain", "plain"),
            ("q-", "q?"),
        ]
    },
}

READING_VCR = {
    "ask.py": ASK,
    "test_reading.py": dedent("""\
        import json

        import pytest

        from ask import ask


        @pytest.fixture
        def sent(vcr):
            return [json.loads(request.body) for request in vcr.requests]


        @pytest.mark.vcr
        def test_requests(vcr, sent):
            assert sent == [{"text": "hi"}, {"text": "more"}]
            assert (vcr.play_count, vcr.all_played, len(vcr)) == (0, False, 2)
            assert ask("hi") == "hello"
            assert (vcr.play_count, vcr.all_played) == (1, False)
            assert ask("more") == "bye"
            assert (vcr.play_count, vcr.all_played) == (2, True)
            request, response = vcr.requests[0], vcr.responses[0]
            assert (request.method, request.host, request.path) == (
                "POST",
                "api.example.com",
                "/v1/chat",
            )
            assert json.loads(response["body"]["string"]) == {"answer": "hello"}
            assert response["status"]["code"] == 200
            assert response["headers"]["Content-Type"] == ["application/json"]
            assert str(getattr(vcr.record_mode, "value", vcr.record_mode)) == "none"
        """),
    "cassettes/test_reading/test_requests.yaml": cassette(("hi", "hello"), ("more", "bye")),
}

WITHOUT_A_PLUGIN = {
    "ask.py": ASK,
    "test_calls.py": dedent("""\
        import vcr
        from vcr import use_cassette

        from ask import ask

        recorder = vcr.VCR(
            cassette_library_dir="fixtures/vcr",
            record_mode="none",
            match_on=["method", "uri", "body"],
        )
        OPTIONS = {"record_mode": "none", "ignore_localhost": True}


        @recorder.use_cassette("one.yaml")
        def test_decorated():
            assert ask("hi") == "one"


        @vcr.use_cassette("fixtures/vcr/two.json", serializer="json", **OPTIONS)
        def test_json():
            assert ask("hi") == "two"


        def test_block():
            with use_cassette("fixtures/three", record_mode=vcr.mode.NONE):
                assert ask("hi") == "three"
        """),
    "fixtures/vcr/one.yaml": cassette(("hi", "one")),
    "fixtures/vcr/two.json": json_cassette("hi", "two"),
    "fixtures/three": cassette(("hi", "three")),
}

PYTEST_VCR = {
    "ask.py": ASK,
    "requirements-dev.txt": "pytest\npytest-vcr==1.0.2\n",
    "tests/test_flat.py": dedent("""\
        import pytest

        from ask import ask


        @pytest.mark.vcr()
        def test_flat():
            assert ask("hi") == "flat"


        class TestIt:
            @pytest.mark.vcr(record_mode="none")
            def test_class(self, vcr_cassette):
                assert ask("hi") == "class"
                assert vcr_cassette.all_played
        """),
    "tests/cassettes/test_flat.yaml": cassette(("hi", "flat")),
    "tests/cassettes/TestIt.test_class.yaml": cassette(("hi", "class")),
}

BY_SHAPE = {
    "module markers over mock tests": MODULE_MARKERS,
    "custom matchers and serializers": MATCHERS_AND_SERIALIZERS,
    "a folder of its own": OWN_FOLDER,
    "classes": CLASSES,
    "parameters with odd characters": ODD_PARAMETERS,
    "tests that read vcr": READING_VCR,
    "vcrpy without a plugin": WITHOUT_A_PLUGIN,
    "pytest-vcr": PYTEST_VCR,
}
