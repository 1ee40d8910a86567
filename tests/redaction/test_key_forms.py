"""Keys that are in no environment variable are found by their form, each kind by its own."""

import base64
import json
import string

import pytest

from llmcassette.redaction import scan, seal
from llmcassette.redaction.key_patterns import all_forms
from tests.cases import case
from tests.redaction.texts import CAPITALS, HEX, NO_SECRETS, PROVIDER_KEYS, interaction, varied

URL_SAFE = string.ascii_letters + string.digits + "_-"
LOWER = string.ascii_lowercase + string.digits
BASE64 = string.ascii_letters + string.digits + "+/"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def jwe():
    return ".".join(("eyJ" + varied(40), varied(43), varied(16), varied(60), varied(22)))


def uuid():
    return "-".join(varied(length, HEX) for length in (8, 4, 5, 6, 12))[:36]


KEYS = {
    **PROVIDER_KEYS,
    "a Langfuse key": f"sk-lf-{uuid()}",
    "an OpenAI ephemeral key": "ek_" + varied(32, HEX),
    "a Google API key (bound)": "AQ.Ab" + varied(48, URL_SAFE),
    "a Google access token": "ya29." + varied(120, URL_SAFE),
    "a Google client secret": "GOCSPX-" + varied(28, URL_SAFE),
    "a Google refresh token": "1//0" + varied(90, URL_SAFE),
    "a Replicate token": "r8_" + varied(37),
    "an NVIDIA key": "nvapi-" + varied(64, URL_SAFE),
    "a Cerebras key": "csk-" + varied(48, LOWER),
    "a Fireworks key": "fw_" + varied(24),
    "a Together key": "tgp_v1_" + varied(43, URL_SAFE),
    "a Voyage key": "pa-" + varied(43),
    "a Jina key": "jina_" + varied(60),
    "a Firecrawl key": "fc-" + varied(32, HEX),
    "an E2B key": "e2b_" + varied(40, HEX),
    "a Tavily key": "tvly-dev-" + varied(32),
    "a Databricks token": "dapi" + varied(32, HEX),
    "a Pinecone key": "pcsk_" + varied(60),
    "a LangSmith key": f"lsv2_pt_{varied(32, HEX)}_{varied(10, HEX)}",
    "a Bedrock API key": "ABSK"
    + base64.b64encode(b"BedrockAPIKey-" + varied(90).encode()).decode(),
    "a Bedrock API key (short-term)": "bedrock-api-key-" + varied(200),
    "an ElevenLabs key": "sk_" + varied(48, HEX),
    "a Browserbase key": "bb_live_" + varied(27, URL_SAFE),
    "an Apify token": "apify_api_" + varied(36),
    "a PostHog personal key": "phx_" + varied(43),
    "an Alibaba Cloud access key id": "LTAI" + varied(20),
    "an Azure key": f"{varied(52)}JQQJ99{varied(26)}"[:84],
    "a Microsoft Entra client secret": "abc8Q~" + varied(34, URL_SAFE),
    "a DigitalOcean token": "dop_v1_" + varied(64, HEX),
    "a Fly.io token": "fm2_" + varied(80, BASE64),
    "a Heroku key": "HRKU-AA" + varied(56, URL_SAFE),
    "a Netlify token": "nfp_" + varied(36),
    "a Render key": "rnd_" + varied(28),
    "a Supabase token": "sbp_" + varied(40, HEX),
    "a Supabase key": "sb_secret_" + varied(31, URL_SAFE),
    "a Vercel token": "vcp_" + varied(56),
    "a Vercel AI Gateway key": "vck_" + varied(56),
    "a PlanetScale token": "pscale_tkn_" + varied(43, URL_SAFE),
    "an OpenShift token": "sha256~" + varied(43, URL_SAFE),
    "a Tailscale key": f"tskey-auth-{varied(17)}-{varied(32)}",
    "a GitHub token (fine-grained)": f"github_pat_{varied(22)}_{varied(59)}",
    **{
        f"a GitLab token ({prefix})": prefix + varied(20, URL_SAFE)
        for prefix in ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-")
    },
    "a GitLab secret": "gloas-" + varied(64, HEX),
    "an Atlassian token": "ATATT3xFfGF0" + varied(170, URL_SAFE),
    "an npm token": "npm_" + varied(36),
    "a PyPI token": "pypi-AgEIcHlwaS5vcmc" + varied(100, URL_SAFE),
    "a RubyGems key": "rubygems_" + varied(48, HEX),
    "a Docker token": "dckr_pat_" + varied(27, URL_SAFE),
    "an Artifactory key": "AKCp" + varied(69),
    "a Pulumi token": "pul-" + varied(40, HEX),
    "a Doppler token": "dp.pt." + varied(43),
    "a Vault token": "hvs." + varied(95, URL_SAFE),
    "a 1Password token": "ops_eyJ" + varied(250),
    "a Sourcegraph token": f"sgp_{varied(16, HEX)}_{varied(40, HEX)}",
    "a Grafana token": f"glsa_{varied(32)}_{varied(8, HEX)}",
    "a Grafana Cloud token": "glc_" + varied(120),
    "a New Relic key": "NRAK-" + varied(27, CAPITALS),
    "a Sentry token": "sntrys_" + varied(150),
    "a Dynatrace token": f"dt0c01.{varied(24, CAPITALS)}.{varied(64, CAPITALS)}",
    "a Slack token (of an app)": f"xapp-1-A0{varied(9, CAPITALS)}-7412345678901-{varied(64, HEX)}",
    "a Stripe key (of a test)": "sk_test_" + varied(24),
    "a Stripe key (restricted)": "rk_live_" + varied(24),
    "a webhook secret": "whsec_" + varied(32),
    "a Square token": "sq0atp-" + varied(22, URL_SAFE),
    "a SendGrid key": f"SG.{varied(22, URL_SAFE)}.{varied(43, URL_SAFE)}",
    "a Mailgun key": "key-" + varied(32, HEX),
    "a Brevo key": f"xkeysib-{varied(64, HEX)}-{varied(16)}",
    "a Resend key": f"re_{varied(8)}_{varied(24)}",
    "a Twilio key": "SK" + varied(32, HEX),
    "a Telegram bot token": "7412345678:AA" + varied(33, URL_SAFE),
    "a Linear key": "lin_api_" + varied(40),
    "a Notion token": "ntn_" + varied(46),
    "a Notion token (older)": "secret_" + varied(43),
    "a Shopify token": "shpat_" + varied(32, HEX),
    "a Postman key": f"PMAK-{varied(24, HEX)}-{varied(34, HEX)}",
    "a Figma token": "figd_" + varied(40, URL_SAFE),
    "a HubSpot token": "pat-na1-" + uuid(),
    "a Meta Llama key": f"LLM|7412345678901|{varied(27)}",
    "an age key": "AGE-SECRET-KEY-1" + varied(58, CAPITALS),
    "a JSON Web Token (encrypted)": jwe(),
}


def test_every_kind_of_key_is_found():
    for name, key in KEYS.items():
        with case(name):
            sealed, findings = seal(
                interaction(request=json.dumps({"a": f"use {key}, please"}).encode()), NO_SECRETS
            )
            assert json.loads(sealed.request.body) == {"a": "use [REDACTED], please"}
            assert [finding.kind for finding in findings] == [name.partition(" (")[0]]


PASSWORD = "Tr4fficLight!7"
STORAGE_KEY = encoded(varied(64))
IN_TEXT = {
    "a password in a URL": [
        "postgresql://app:{" + PASSWORD + "}@db.internal:5432/app",
        "redis://:{" + varied(24) + "}@cache:6379",
        "https://{x-token-auth:}{" + varied(20) + "}@git.example.org/a.git",
    ],
    "the credential of a header": [
        "curl -H 'Authorization: Bearer {" + varied(30) + "}'",
        "headers = {'Authorization': '{" + varied(24) + "}'}",
        "authorization: token {" + varied(40, HEX) + "}",
    ],
    "a bearer token": ["send it as Bearer {" + varied(30) + "} to us"],
    "basic credentials": ["Authorization: Basic {" + encoded(f"me:{PASSWORD}") + "}"],
    "the credentials of a curl command": [
        "curl -s -u admin:{" + PASSWORD + "} https://example.org",
        "curl https://example.org --user 'admin:{" + PASSWORD + "}'",
    ],
    "an Azure storage key": [
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={" + STORAGE_KEY + "};Suffix=x"
    ],
    "an Azure access key": ["SharedAccessKey={" + STORAGE_KEY[:43] + "=}"],
    "the signature of a URL": [
        "https://a.blob.core.windows.net/c/b?sp=r&sig={" + varied(43) + "%3D}&se=2026",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=2026&X-Amz-Signature={" + varied(64, HEX) + "}",
    ],
    "an API key": [
        "curl -H 'x-api-key: {" + varied(32, HEX) + "}' https://api.example.org",
        "X-Goog-Api-Key: {" + varied(39) + "}",
        "export SOME_API_KEY={" + varied(40) + "}; python run.py",
        'client = Client(api_key="{' + varied(32, HEX) + '}")',
        'const client = new Client(apiKey: "{' + varied(32, HEX) + '}");',
    ],
    "an npm token": ["//registry.example.org/:_authToken={" + varied(36) + "}"],
    "a Slack webhook": [
        "https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D4/{" + varied(24) + "}"
    ],
    "a Discord webhook": [
        "https://discord.com/api/webhooks/741234567890123456/{" + varied(68, URL_SAFE) + "}"
    ],
}


def plain(marked):
    """A text without the braces around its secret, and what is left of it after redaction."""
    head, _, rest = marked.rpartition("{")
    secret, _, tail = rest.partition("}")
    head = head.replace("{x-token-auth:}", "x-token-auth:")
    return head + secret + tail, f"{head}[REDACTED]{tail}"


def test_credentials_are_found_by_the_text_around_them():
    for kind, texts in IN_TEXT.items():
        for marked in texts:
            text, redacted = plain(marked)
            with case(text):
                sealed, findings = seal(
                    interaction(request=json.dumps({"a": text}).encode()), NO_SECRETS
                )
                assert [finding.kind for finding in findings] == [kind]
                assert json.loads(sealed.request.body) == {"a": redacted}


@pytest.mark.parametrize("mark", ["ABSKQmVkcm9ja0FQSUtleS", "AKIA", "AIza", "LTAI"])
def test_no_form_matches_inside_a_longer_run_of_base64(mark):
    forms = {form.mark.decode(): form for forms in all_forms().starts.values() for form in forms}
    key = next(key for key in KEYS.values() if key.startswith(mark[:4]))
    assert forms[mark].is_base64
    image = "data:image/png;base64," + varied(400, BASE64) + "/" + key + "/" + varied(400, BASE64)
    assert scan(interaction(response=json.dumps({"a": image}).encode()), NO_SECRETS) == ()
    for text in (f"/v1beta/some/longer/path/of/words/{key}", f"key={key}", f"a/{key}"):
        found = scan(interaction(response=json.dumps({"a": text}).encode()), NO_SECRETS)
        assert len(found) == 1, text


def test_the_same_mark_in_all_forms_is_tried_with_the_longest_first():
    for forms in all_forms().starts.values():
        marks = [form.mark for form in forms]
        assert marks == sorted(marks, key=len, reverse=True)


def test_every_form_compiles_and_matches_no_empty_text():
    forms = all_forms()
    for form in (*forms.marks, *(form for each in forms.starts.values() for form in each)):
        with case(form.mark):
            assert not form.regex.match(b"")
            assert form.kind.startswith(("a ", "an ", "the ", "basic "))
