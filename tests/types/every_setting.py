"""Valid values of each setting, accepted by type checkers and by ``merge``."""

from llmcassette import CassetteConfig, Request, Response, faults


def redact(message: Request | Response) -> Request | Response:
    return message


def is_equal(sent: Request, recorded: Request) -> bool:
    return sent == recorded


def sleep(seconds: float) -> None:
    print(seconds)


FIRST: CassetteConfig = {
    "mode": "new_episodes",
    "ignore": ["$.seed"],
    "ignore_query": ["seed"],
    "ignore_parts": ["file.filename"],
    "match_headers": ["anthropic-version"],
    "match_on": ["method", "path"],
    "normalize_url": ["region", ("/v[0-9]+/", "/v/")],
    "matcher": is_equal,
    "rename_ids": False,
    "null_is_absent": True,
    "mismatch": "warn",
    "allow_repeats": True,
    "ordered": True,
    "pass_hosts": ["localhost:6333"],
    "ignore_hosts": ["telemetry.example.com"],
    "serve_hosts": ["localhost:11434"],
    "upstream": ["https://llm.example"],
    "block_network": True,
    "allowed_hosts": ["db.example.com"],
    "keep_headers": ["x-trace-*"],
    "redact_fields": ["customer"],
    "keep_fields": ["token"],
    "redact_paths": ["$.user"],
    "redact": redact,
    "secret_env": ["MY_KEY", "!CI_TOKEN"],
    "secret_patterns": ["acme_[a-z0-9]{32}"],
    "personal_data": ["email", ("customer", "C-[0-9]{6}")],
    "outside": True,
    "max_decoded_size": "1GB",
    "max_decoded_ratio": 5_000,
    "pace": "recorded",
    "ttft": 0.5,
    "gap": 1,
    "sleep": sleep,
    "retry_after": "recorded",
    "chunking": "bytes:7",
    "max_wait": 5,
    "faults": [faults.status(429), "connect_error"],
    "unused": "error",
    "max_age": "90d",
    "stale": "record",
    "checks": ["secret"],
    "count_tokens": False,
    "placeholder_keys": False,
    "ci": False,
    "cassette_dir": "recordings",
    "cassette_name": "{module}/{test}",
}

SECOND: CassetteConfig = {
    "mode": None,
    "ignore": ("$.seed",),
    "ignore_query": {"seed"},
    "match_headers": frozenset({"anthropic-version"}),
    "normalize_url": [("/v[0-9]+/", "/v/")],
    "matcher": None,
    "redact": [redact, redact],
    "personal_data": True,
    "max_decoded_size": "1GB",
    "max_decoded_ratio": 5_000,
    "pace": 0.1,
    "ttft": None,
    "gap": None,
    "sleep": None,
    "faults": ("status(429, times=2)",),
    "max_age": None,
}
