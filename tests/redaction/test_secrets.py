"""Which values are secrets, and that ``repr`` and messages never contain them."""

import base64
import json

import pytest

from llmcassette.model import Headers, Request
from llmcassette.redaction import Redaction, Secrets, collect_secrets

VALUE = "a1b2c3d4e5f6"


def from_environ(environ, *secret_env):
    return collect_secrets(environ, None, Redaction(secret_env=secret_env))


def from_request(**request):
    request = {"method": "POST", "url": "https://a.test"} | request
    return collect_secrets({}, Request(**request), Redaction()).values


@pytest.mark.parametrize(
    "name",
    [
        *("OPENAI_API_KEY", "GH_TOKEN", "CLIENT_SECRET", "PGPASSWORD", "DB_PASSWORD_2", "my_token"),
        *("OPENAI_KEY", "OPENAI_API_KEY_2", "GITHUB_PAT", "SMTP_PASS", "SSH_PASSPHRASE"),
        *("NPM_AUTH", "SENTRY_DSN", "GOOGLE_CREDENTIALS", "AWS_CREDS", "DB_PWD", "MY_APIKEY"),
        *("STRIPE_KEY_LIVE", "KEY", "TOKEN_OLD", "API_KEYS", "SESSION_COOKIE", "SERVICE_JWT"),
    ],
)
def test_variables_whose_names_say_so_are_secret(name):
    assert from_environ({name: f" {VALUE}\n"}).values == {VALUE: name}


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "TOKENIZERS_PARALLELISM", "MAX_TOKENS", "KEYBOARD", "SSH_AUTH_SOCK", "PWD"),
        *("STRIPE_PUBLISHABLE_KEY", "VAPID_PUBLIC_KEY", "KEY_VAULT_NAME", "AUTHOR", "COMPASS"),
        *("AWS_ACCESS_KEY_ID", "PATTERN", "OLDPWD", "PASSENGER_ROOT"),
    ],
)
def test_other_variables_are_not(name):
    secrets = from_environ({name: VALUE})
    assert (len(secrets), secrets.skipped) == (0, ())


@pytest.mark.parametrize(
    "value",
    [
        *(
            "gpt-4o-mini-2024-07-18",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "o3-mini-2025-01",
        ),
        *("meta-llama/Llama-3.3-70B-Instruct", "ft:gpt-3.5-turbo-0125:acme::9xYzAbCd"),
        *(
            "/home/me/.password-store",
            "~/.ssh/id_ed25519",
            "./keys/private.pem",
            "C:\\keys\\me.pem",
        ),
        *("https://auth.example.com/realms/main", "http://localhost:8080/token"),
    ],
)
def test_models_folders_and_urls_without_a_password_are_no_secrets(value):
    secrets = from_environ({"MODEL_TOKEN": value, "PASSWORD_STORE_DIR": value})
    assert (len(secrets), secrets.skipped) == (0, ())


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (f"postgresql://app:{VALUE}@db.internal/app", VALUE),
        ("postgresql://app:a1%2Fb2c3d4e5f6@db.internal/app", "a1/b2c3d4e5f6"),
        (f"https://{VALUE}@o1.ingest.sentry.io/42", VALUE),
        (f"https://a.test/?api_key={VALUE}&b=2", VALUE),
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "SENTRY_DSN", "HTTPS_PROXY"])
def test_of_a_url_the_credentials_are_secret_whatever_the_variable_s_name(name, value, secret):
    assert from_environ({name: value}).values == {secret: name}


def test_usual_passwords_of_local_databases_are_not_worth_a_word():
    secrets = from_environ({"DATABASE_URL": "postgresql://postgres:postgres@localhost/app"})
    assert (len(secrets), secrets.skipped) == (0, ())


def test_the_secret_fields_of_a_variable_with_json_are_secret_too():
    credentials = {"type": "service_account", "nested": [{"private_key": VALUE}], "project": "x"}
    secrets = from_environ({"GOOGLE_CREDENTIALS": json.dumps(credentials)})
    assert secrets.values == {
        json.dumps(credentials): "GOOGLE_CREDENTIALS",
        VALUE: "GOOGLE_CREDENTIALS",
    }


@pytest.mark.parametrize(
    "value",
    [
        *("your-api-key-here", "fake-key-for-tests", "test_aws_security_token", "X-API-KEY-XXX"),
        *(
            "sk-proj-xxxxxxxxxxxxxxxxxxxx",
            "sk-1234567890abcdef",
            "${OPENAI_API_KEY}",
            "AUTH-00000000",
        ),
        *("sk-test-placeholder", "<your token>"),
    ],
)
def test_placeholders_are_no_secrets_and_are_named(value):
    secrets = from_environ({"OPENAI_API_KEY": value})
    assert (len(secrets), secrets.skipped) == (0, ("OPENAI_API_KEY",))
    assert secrets.placeholders == (value,)


@pytest.mark.parametrize(
    "value",
    [
        "ollama",
        "4096",
        "placeholder",
        "internationalization",
        "PLACEHOLDERTOKEN",
        "123456789012345678",
        "1.5e10",
        "elevenchars",
    ],
)
def test_short_and_plain_values_are_skipped_and_named(value):
    secrets = from_environ({"OPENAI_API_KEY": value, "EMPTY_TOKEN": "  "})
    assert (len(secrets), secrets.skipped) == (0, ("OPENAI_API_KEY",))


def test_secret_env_adds_and_excludes():
    environ = {"VAULT": VALUE, "DOOR_1": VALUE + "1", "CI_TOKEN": VALUE + "2", "PIN": "0815"}
    secrets = from_environ(environ, "vault", "DOOR_*", "!CI_*", "PIN")
    assert secrets.names == ("VAULT", "DOOR_1", "PIN")


@pytest.mark.parametrize("named", ["VAULT", "V*"])
@pytest.mark.parametrize("left_out", ["!VAULT", "!V*"])
def test_what_secret_env_excludes_it_cannot_add(named, left_out):
    environ = {"VAULT": VALUE}
    assert from_environ(environ, named, left_out).names == ()
    assert from_environ(environ, left_out, named).names == ()


def test_a_variable_named_in_full_counts_from_four_characters():
    assert from_environ({"PIN": "081"}, "PIN").skipped == ("PIN",)
    assert from_environ({"PIN": "word"}, "PIN").names == ("PIN",)
    assert from_environ({"PIN": "word"}, "PI*").skipped == ("PIN",)


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("Authorization", f"Bearer {VALUE}", [VALUE]),
        ("authorization", VALUE, [VALUE]),
        ("Authorization", basic(f"me:{VALUE}"), [basic(f"me:{VALUE}")[6:], VALUE]),
        ("Authorization", basic(VALUE), [basic(VALUE)[6:], VALUE]),
        ("Authorization", "Basic !" + VALUE, ["!" + VALUE]),
        ("Authorization", f"AWS4-HMAC-SHA256 SignedHeaders=host, Signature={VALUE}", []),
        ("x-api-key", VALUE, [VALUE]),
        ("X-Goog-Api-Key", VALUE, [VALUE]),
        ("api-key", VALUE, [VALUE]),
        ("Cookie", f"theme=dark; session={VALUE}", [VALUE]),
        ("Accept", VALUE, []),
    ],
)
def test_the_credential_headers_of_a_request_are_secret(name, value, secrets):
    assert list(from_request(headers=Headers({name: value}))) == secrets


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (f"https://a.test/?key={VALUE}&q=abcdefgh1234", [VALUE]),
        ("https://a.test/?sig=a1b2%2Fc3d4e5f6", ["a1b2/c3d4e5f6"]),
        (f"https://me:{VALUE}@a.test/", [VALUE]),
        (f"https://{VALUE}@a.test/", [VALUE]),
        ("https://a.test/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261120T000000Z", []),
    ],
)
def test_the_credentials_in_a_request_s_url_are_secret(url, secrets):
    assert list(from_request(url=url)) == secrets


def test_secret_fields_of_a_request_s_body_are_secret():
    assert from_request(body=b'{"client_secret": "a1b2\\u002fc3d4e5f6", "password": 12345}') == {
        "a1b2/c3d4e5f6": "a secret field of the request's body"
    }
    form = Headers({"Content-Type": "application/x-www-form-urlencoded"})
    assert list(from_request(headers=form, body=b"client_secret=a1b2%2Fc3d4e5f6")) == [
        "a1b2/c3d4e5f6"
    ]


@pytest.mark.parametrize("value", ["p&ss<w>rd'9Qx", "Kd...9xQ***7bW2", "a8${Qz3}}kW7{{m2"])
def test_a_password_with_signs_of_a_template_inside_is_a_secret(value):
    assert from_environ({"MY_PASSWORD": value}).values == {value: "MY_PASSWORD"}


def test_a_value_is_found_with_other_line_ends_and_in_latin_1():
    secrets = from_environ({"A_SECRET": "line-Zq8Xw\nline-Rt5Yv", "B_PASSWORD": "pässwörd-Zq8"})
    for found in (
        b"line-Zq8Xw\r\nline-Rt5Yv",
        base64.b64encode(b"line-Zq8Xw\r\nline-Rt5Yv"),
        "pässwörd-Zq8".encode("latin-1"),
        base64.b64encode("pässwörd-Zq8".encode("latin-1")),
    ):
        assert len([*secrets.find_values(b"a " + found + b" z")]) == 1
    # A value that Latin-1 lacks letters of is not searched for without them.
    assert [*from_environ({"A_SECRET": "パスワードは秘密です12"}).find_values(b"12")] == []


def test_no_representation_shows_a_value():
    secrets = from_environ({"VAULT_TOKEN": VALUE, "B_TOKEN": "ollama"})
    assert repr(secrets) == "Secrets(names=('VAULT_TOKEN',), skipped=('B_TOKEN',))"
    assert str(secrets) == repr(secrets)
    assert f"{secrets}" == repr(secrets)


def test_two_are_joined_and_the_left_one_names():
    left = from_environ({"A_TOKEN": VALUE, "S_TOKEN": "x"})
    right = from_environ({"B_TOKEN": VALUE, "C_TOKEN": VALUE + "1", "S_TOKEN": "x"})
    assert (left | right).values == {VALUE: "A_TOKEN", VALUE + "1": "C_TOKEN"}
    assert (left | right).skipped == ("S_TOKEN",)


def test_none_is_the_default():
    assert (len(Secrets()), Secrets().names) == (0, ())
