"""boto3 and aiobotocore: Bedrock, STS and S3, recorded with credentials and replayed without."""

from __future__ import annotations

import asyncio
import inspect
import json
import os

import aiobotocore.session
import boto3
import botocore.exceptions
import botocore.session
import pytest
from botocore.config import Config

from llmcassette import UnmatchedRequestError, load, use_cassette
from llmcassette.recorder.run import PLACEHOLDER
from llmcassette.streams import encode_message
from tests.recording.provider_server import Answer

SERVED = {"serve_hosts": ["127.0.0.1"]}
SECRET = "A" + "made/up+secret" * 3
MODEL = "anthropic.claude-next"
ASKED = [{"role": "user", "content": [{"text": "Weather?"}]}]
FRAMES = [
    encode_message(
        {":event-type": name, ":content-type": "application/json", ":message-type": "event"},
        json.dumps(value).encode(),
    )
    for name, value in (
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Sunny"}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": "end_turn"}),
        ("metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
                      "metrics": {"latencyMs": 3}}),
    )
]  # fmt: skip
STREAM = {"content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "r-1"}
CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Sunny"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 3},
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA" + "Q3EGRU5TPNLZ7XKD")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def no_credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", PLACEHOLDER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PLACEHOLDER)
    monkeypatch.setenv("AWS_DEFAULT_REGION", PLACEHOLDER)


def with_boto3(service, url, use, **config):
    client = boto3.Session().client(service, endpoint_url=url, config=Config(**config))
    return read(use(client))


def with_aiobotocore(service, url, use, **config):
    async def main():
        session = aiobotocore.session.AioSession()
        settings = aiobotocore.config.AioConfig(**config)
        async with session.create_client(service, endpoint_url=url, config=settings) as client:
            return await awaited(use(client))

    return asyncio.run(main())


async def awaited(value):
    """What a call of a client returns, its stream or body read."""
    value = await value if inspect.isawaitable(value) else value
    if isinstance(value, dict):
        for name in ("stream", "body", "Body"):
            if hasattr(value.get(name), "__aiter__"):
                value[name] = [each async for each in value[name]]
    return value


def read(value):
    if isinstance(value, dict):
        for name in ("stream", "body", "Body"):
            if hasattr(value.get(name), "__iter__"):
                value[name] = list(value[name])
    return value


BOTH = {
    "boto3": lambda *given, **more: read(with_boto3(*given, **more)),
    "aiobotocore": with_aiobotocore,
}


@pytest.fixture(params=BOTH)
def call(request):
    """Each of the two libraries: ``call(service, url, use)``."""
    return BOTH[request.param]


def record(call, provider, path, service, use, *answers):
    provider.will_answer(*answers)
    with use_cassette(path, mode="rewrite", **SERVED):
        live = call(service, provider.url, use)
    provider.gone()
    return live


def without_times(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


CALLS = {
    "converse": (
        lambda client: client.converse(modelId=MODEL, messages=ASKED),
        Answer.json(CONVERSED),
    ),
    "converse_stream": (
        lambda client: client.converse_stream(modelId=MODEL, messages=ASKED),
        Answer(FRAMES, headers=STREAM),
    ),
    "invoke_model": (
        lambda client: client.invoke_model(modelId=MODEL, body=b'{"a": 1}'),
        Answer.json({"completion": "Sunny"}),
    ),
    "invoke_model_with_response_stream": (
        lambda client: client.invoke_model_with_response_stream(modelId=MODEL, body=b'{"a": 1}'),
        Answer(
            [encode_message({":event-type": "chunk", ":message-type": "event"},
                            b'{"bytes": "eyJhIjogMX0="}')] * 2,
            headers=STREAM,
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_bedrock_replays_without_credentials(call, name, provider, path, monkeypatch):
    use, answer = CALLS[name]
    live = record(call, provider, path, "bedrock-runtime", use, answer)
    no_credentials(monkeypatch)
    with use_cassette(path, **SERVED) as recorder:
        replayed = call("bedrock-runtime", provider.url, use)
    assert without_times(replayed) == without_times(live)
    assert len(recorder.played) == 1
    text = path.read_text()
    assert not [
        word for word in ("AKIA", SECRET, "AWS4-HMAC", "X-Amz-Date", "Invocation") if word in text
    ]


def test_frames_are_kept_to_the_byte(call, provider, path):
    use, answer = CALLS["converse_stream"]
    record(call, provider, path, "bedrock-runtime", use, answer)
    (interaction,) = load(path).interactions
    assert interaction.response.body == b"".join(FRAMES)


def test_a_typed_error_is_retried_and_raised_as_live(call, provider, path, monkeypatch):
    use, _ = CALLS["converse"]
    throttled = Answer.json({"message": "slow down"}, 429, x_amzn_errortype="ThrottlingException")
    retries = {"retries": {"total_max_attempts": 2, "mode": "standard"}}

    def caught(url):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call("bedrock-runtime", url, use, **retries)
        return error.value

    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    provider.will_answer(throttled, throttled)
    with use_cassette(path, mode="rewrite", **SERVED):
        live = caught(provider.url)
    provider.gone()
    with use_cassette(path, **SERVED) as recorder:
        replayed = caught(provider.url)
    assert type(replayed).__name__ == type(live).__name__ == "ThrottlingException"
    assert len(recorder.played) == 2


def test_a_miss_is_neither_wrapped_nor_retried(call, provider, path):
    use, answer = CALLS["converse"]
    record(call, provider, path, "bedrock-runtime", use, answer)
    with use_cassette(path, **SERVED) as recorder:
        with pytest.raises(UnmatchedRequestError):
            call(
                "bedrock-runtime",
                provider.url,
                lambda c: c.converse(modelId="other", messages=ASKED),
            )
        assert len(recorder.errors) == 1


def test_without_a_region_the_recorded_one_is_meant(call, path, monkeypatch, provider):
    use, answer = CALLS["converse"]
    record(call, provider, path, "bedrock-runtime", use, answer)
    host = "bedrock-runtime.eu-central-1.amazonaws.com"
    text = path.read_text().replace(provider.url, f"https://{host}")
    path.write_text(text.replace(provider.url.removeprefix("http://"), host))
    no_credentials(monkeypatch)
    with use_cassette(path) as recorder:
        call("bedrock-runtime", None, use)
    assert len(recorder.played) == 1


def test_without_credentials_metadata_cannot_be_reached(call, provider, path, monkeypatch):
    use, answer = CALLS["converse"]
    record(call, provider, path, "bedrock-runtime", use, answer)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with (
        use_cassette(path, **SERVED) as recorder,
        pytest.raises(botocore.exceptions.NoCredentialsError),
    ):
        call("bedrock-runtime", provider.url, use)
    assert recorder.errors == ()


IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/someone</Arn><UserId>U</UserId>
<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
XML = {"content-type": "text/xml"}


def test_sts_replays(call, provider, path, monkeypatch):
    use = lambda client: client.get_caller_identity()  # noqa: E731
    live = record(call, provider, path, "sts", use, Answer([IDENTITY], headers=XML))
    no_credentials(monkeypatch)
    with use_cassette(path, **SERVED):
        replayed = call("sts", provider.url, use)
    assert without_times(replayed) == without_times(live)


def test_credentials_in_an_answer_of_sts_are_redacted(call, provider, path):
    role = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIA5FTZ7RBXQ4NMJD2K</AccessKeyId><SecretAccessKey>{0}</SecretAccessKey>
<SessionToken>{1}</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>""".format("s3cr/ET" * 6, "t0ken+" * 12)  # noqa: UP030

    def use(client):
        return client.assume_role(RoleArn="arn:aws:iam::1:role/r" * 2, RoleSessionName="s1")

    record(call, provider, path, "sts", use, Answer([role.encode()], headers=XML))
    text = path.read_text()
    assert not [word for word in ("ASIA5", "s3cr/ET", "t0ken+") if word in text]
    with use_cassette(path, **SERVED):
        credentials = call("sts", provider.url, use)["Credentials"]
    assert credentials["SecretAccessKey"] == credentials["SessionToken"] == "[REDACTED]"


def test_s3_uploads_and_downloads_replay(call, provider, path, monkeypatch):
    config = {"s3": {"addressing_style": "path"}}
    put = lambda client: client.put_object(Bucket="b", Key="k", Body=b"data" * 10)  # noqa: E731
    get = lambda client: client.get_object(Bucket="b", Key="k")  # noqa: E731
    provider.will_answer(
        Answer(headers={"etag": '"e1"', "content-length": "0"}),
        Answer([b"data" * 10], headers={"etag": '"e1"', "content-length": "40"}),
    )
    with use_cassette(path, mode="rewrite", **SERVED):
        live = [call("s3", provider.url, use, **config) for use in (put, get)]
    provider.gone()
    no_credentials(monkeypatch)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with use_cassette(path, **SERVED) as recorder:
        replayed = [call("s3", provider.url, use, **config) for use in (put, get)]
    assert list(map(without_times, replayed)) == list(map(without_times, live))
    assert recorder.unplayed == ()
