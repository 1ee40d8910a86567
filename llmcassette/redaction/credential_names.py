"""Names of headers, fields and URL parameters that carry credentials."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

__all__ = [
    "DEFAULT_FIELDS",
    "carries_credentials",
    "is_credential_parameter",
    "is_secret_field",
    "is_secret_variable",
    "normalised",
]

DEFAULT_FIELDS: Final = (
    "access_key",
    "access_key_secret",
    "access_token",
    "access_token_secret",
    "account_key",
    "admin_password",
    "api_key",
    "api_secret",
    "api_token",
    "app_secret",
    "auth_token",
    "authorization",
    "aws_secret_access_key",
    "aws_session_token",
    "bearer_token",
    "client_assertion",
    "client_secret",
    "confirm_password",
    "consumer_secret",
    "current_password",
    "db_password",
    "id_token",
    "new_password",
    "oauth_token",
    "oauth_token_secret",
    "old_password",
    "passphrase",
    "passwd",
    "password",
    "password_confirmation",
    "private_key",
    "proxy_authorization",
    "refresh_token",
    "root_pass",
    "root_password",
    "sas_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "secret_string",
    "security_token",
    "session_token",
    "signing_secret",
    "subscription_key",
    "token?",
    "user_password",
    "webhook_secret",
    "x_amz_security_token",
    "x_api_key",
    "x_goog_api_key",
)
"""Fields of JSON and form bodies. With ``?`` only a value that looks like a credential counts:
models emit tokens, too."""

CREDENTIAL: Final = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._~+/=:|-]{16,}")

CREDENTIAL_HEADER: Final = re.compile(
    r"(?:.*[-_])?(?:authorization|authentication|cookie2?|api-?key|apikey|token|secret|password"
    r"|credentials?|signature|access-key|secret-key|private-key|auth-key|subscription-key)",
    re.IGNORECASE,
)


WHICH: Final = r"_?\d*(?:_(?:\d+|BACKUP|DEV|LIVE|NEW|OLD|PRIMARY|PROD|SECONDARY|STAGING|TEST))*"
"""What may follow the word in a variable's name: ``OPENAI_API_KEY_2``, ``DB_PASS_PROD``."""

SECRET_VARIABLE: Final = re.compile(
    r".*PASSWORD.*"
    r"|(?!.*(?<![A-Z])PUBL[A-Z]*_)(?:"
    r"(?:.*_)?(?:AUTH|BEARER|COOKIE|CREDS|DSN|JWT|KEYS?|PASS|PASSCODE|PASSWD|PAT|SAS)"
    r"|.*(?:APIKEY|CREDENTIALS?|PASSPHRASE|SECRETS?|TOKEN|_PWD)"
    rf"){WHICH}"
)


def normalised(name: str) -> str:
    """A name without case and separators: ``apiKey``, ``API-KEY`` and ``api_key`` are equal."""
    return re.sub(r"[-_. ]", "", name).lower()


PARAMETERS: Final = frozenset(
    map(
        normalised,
        (
            *DEFAULT_FIELDS,
            "access_key",
            "access_key_id",
            "access_signature",
            "aws_access_key_id",
            "auth",
            "code_verifier",
            "google_access_id",
            "jwt",
            "key",
            "key_pair_id",
            "pass",
            "policy_signature",
            "pwd",
            "sas",
            "sig",
            "signature",
            "token",
            "x_goog_credential",
            "x_goog_security_token",
            "x_goog_signature",
        ),
    )
)


def is_secret_field(name: str, value: str, names: frozenset[str]) -> bool:
    """Whether the value of a field is a secret.

    Args:
        name: of the field.
        value: decoded.
        names: normalised, of secret fields; see ``DEFAULT_FIELDS``.
    """
    plain = normalised(name)
    return plain in names or (f"{plain}?" in names and CREDENTIAL.fullmatch(value) is not None)


def carries_credentials(name: str) -> bool:
    """Whether a header with this name carries credentials."""
    return CREDENTIAL_HEADER.fullmatch(name) is not None


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable with this name, in capitals, holds a secret.

    ``OPENAI_KEY``, ``GITHUB_PAT``, ``SMTP_PASS`` and ``SENTRY_DSN`` do; ``MAX_TOKENS``,
    ``SSH_AUTH_SOCK`` and ``STRIPE_PUBLISHABLE_KEY`` don't.
    """
    return SECRET_VARIABLE.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def is_credential_parameter(name: str, names: frozenset[str] = frozenset()) -> bool:
    """Whether a query or form parameter carries a credential.

    Args:
        name: as in the URL, that is percent-encoded.
        names: further names, normalised.
    """
    plain = normalised(unquote_plus(name))
    return plain in PARAMETERS or plain.startswith("xamz") or plain in names
