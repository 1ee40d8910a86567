"""Texts that look like secrets to a hasty reader: recording changes none of them."""

import base64
import hashlib
import json
import random
import string
import uuid

from llmcassette.redaction import Redaction, collect_secrets, redact_interaction, seal
from tests.cases import case
from tests.redaction.texts import interaction, varied

DOCUMENTATION = """
Incorrect API key provided: sk-proj-****************cdef. You can find your key in the console.
Set OPENAI_API_KEY=sk-... before you start.
Set OPENAI_API_KEY=sk-proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx in your shell.
Set OPENAI_API_KEY=sk-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX.
client = OpenAI(api_key="sk-your-api-key-here")
client = OpenAI(api_key="sk-0000000000000000000000000000000000000000000000000")
client = OpenAI(api_key="sk-1234567890abcdef1234567890abcdef")
client = OpenAI(api_key="sk-test-key-for-unit-tests-only-not-real")
client = Anthropic(api_key="sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
client = Anthropic(api_key="sk-ant-api03-your-key-goes-here-example-example")
genai.configure(api_key="AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX")
huggingface-cli login --token hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
export HF_TOKEN=hf_your_token_here_please_replace_this_text
export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
export GITHUB_TOKEN=ghp_000000000000000000000000000000000000
export GITHUB_TOKEN=github_pat_11AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_ACCESS_KEY_ID=ASIAXXXXXXXXXXXXXXXX
stripe.api_key = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx"
stripe.api_key = "sk_live_YOUR_SECRET_KEY_HERE"
slack_token = "xoxb-000000000000-000000000000-XXXXXXXXXXXXXXXXXXXXXXXX"
An Anthropic key starts with sk-ant-, an OpenAI key with sk- or sk-proj-, a Groq key with gsk_.
Bedrock API keys start with ABSK; short-term ones with bedrock-api-key-.
Replace glpat-xxxxxxxxxxxxxxxxxxxx with your own token.
Replace <YOUR_API_KEY> with the key, ${OPENAI_API_KEY} with the variable, {{token}} with the token.
curl https://api.example.com/v1 -H "Authorization: Bearer $OPENAI_API_KEY"
curl https://api.example.com/v1 -H "Authorization: Bearer ${TOKEN}" -d '{}'
curl https://api.example.com/v1 -H "Authorization: Bearer YOUR_ACCESS_TOKEN_GOES_HERE"
curl https://api.example.com/v1 -H "x-api-key: $ANTHROPIC_API_KEY"
curl -u username:password https://api.example.com
curl -u "$USER:$PASSWORD" https://api.example.com
curl --user admin:changeme https://api.example.com
curl -s -o out.json https://api.example.com/v1/users:search
The header is Authorization: Bearer <token>.
Authorization: Basic QWxhZGRpbjpvcGVuc2VzYW1l and Basic dXNlcjpwYXNzd29yZA== are examples in RFCs.
Post to https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX when done.
AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;
jina_embeddings_v3_text_matching_and_retrieval_tasks = sb_secret_manager_client_for_all_tests()
Authorization: Basic realm="example"
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request
Authorization: required-for-all-endpoints of version 2
The bearer of this letter is authorised. Bearer authentication is described in RFC 6750.
Bearer tokens-are-opaque-to-the-client and Bearer some.dotted.words.without.digits
Basic authentication and Basic understanding of internationalization
Basic arithmetic/operations are described below. Basic QWxsIGdvb2QgdGhpbmdzIGFyZSB0aHJlZQ==
postgresql://user:password@localhost:5432/mydb
postgres://postgres:postgres@db:5432/postgres
mysql://root:example@127.0.0.1/test
redis://:yourpassword@redis:6379/0
mongodb://<username>:<password>@cluster.example.net
amqp://guest:guest@rabbitmq:5672
postgresql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}/app
postgresql://{user}:{password}@{host}/{name}
postgresql://%s:%s@%s/%s
http://localhost:8080/path@2x.png and https://example.com:8443/a?b=c@d.example
https://[2001:db8::1]:8443/a@b and ssh://git@example.com:22/repository.git
AccountName=devstoreaccount1;AccountKey=<your key>;EndpointSuffix=core.windows.net
?sig=abc and &sig=signature and design=modern&sig=none
A JSON Web Token begins with eyJhbGciOiJIUzI1NiJ9 and has two dots.
-----BEGIN CERTIFICATE----- MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7 -----END CERTIFICATE-----
-----BEGIN PUBLIC KEY----- MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7 -----END PUBLIC KEY-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHn2lqvRnHRVYUvZq8lVfTQ1oWmCz0kq3F5bE9dXy7aB me@example.com
Passwords must have 12 characters, a digit and a capital letter: password, Password1, hunter2.
The field "password" of the form, the parameter token and the header X-Api-Key are secrets.
//registry.npmjs.org/:_authToken=${NPM_TOKEN}
"""

MODELS = """
gpt-4o-mini-2024-07-18 gpt-4.1-nano-2025-04-14 chatgpt-4o-latest o3-mini-2025-01-31
claude-3-5-sonnet-20241022 claude-sonnet-4-20250514 us.anthropic.claude-3-7-sonnet-20250219-v1:0
anthropic.claude-3-haiku-20240307-v1:0 gemini-2.5-flash-preview-05-20 models/gemini-1.5-pro-002
meta-llama/Llama-3.3-70B-Instruct-Turbo mistral-large-latest open-mixtral-8x22b
text-embedding-3-small text-embedding-ada-002 command-r-plus-08-2024 deepseek-reasoner
Qwen/Qwen2.5-72B-Instruct grok-2-vision-1212 ft:gpt-3.5-turbo-0125:acme::9xYzAbCd
accounts/fireworks/models/llama-v3p1-405b-instruct llama3.2:1b-instruct-q4_K_M nova-pro-v1:0
arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0
sk-learn-compatible-pipeline-of-estimators task-management-and-risk-assessment-in-20-steps
pa-rsing-of-text fc-barcelona-in-the-season-of-2024 hf_hub_download_from_the_main_branch
key-value-store-with-thirty-two-entries re_compile_ and npm_config_registry npm_lifecycle_event
SKU0123456789 AKIA ASIA AIza eyJ sk- dapi hvs. SG. ya29.
"""

CODE = r"""
client = Client(api_key=settings.get_api_key_2_from_vault(name), apiKey: process.env.API_KEY_2024)
api_key=load_secret_number_2025_of_the_3rd_account and x-api-key: 00000000000000000000000000000000
OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
API_KEY=your_api_key_1234567890 api_key: str1ng2be3replaced
for key_value in secret_names: sk_live = password_of(key_value)
token = await asyncio.wait_for(self._token_provider.get_access_token(), timeout=30)
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
api_key: str = Field(default_factory=lambda: os.environ["OPENAI_API_KEY"])
re.compile(r"sk-[A-Za-z0-9]{20,}") and re.compile(r"AKIA[0-9A-Z]{16}")
if (response.headers.authorization?.startsWith("Bearer ")) { return next(); }
const sig = crypto.createHmac("sha256", secret).update(body).digest("hex");
url = f"{scheme}://{username}:{password_of_the_account}@{host_name}:{port_number}"
@app.get("/v1/users/{user_id}/access_tokens/{token_id}/permissions")
from transformers import AutoModelForSequenceClassification, TokenizersBackendConfiguration
SELECT password_hash, api_token_digest FROM users WHERE id = 'c0ffee00-0000-4000-8000-000000000001';
docker run -u 1000:1000 -e POSTGRES_PASSWORD=example postgres:16-alpine
git clone https://github.com/example/repository-with-a-long-name-2024.git
kubectl get secret my-secret -o jsonpath='{.data.password}' | base64 --decode
"""


def ids():
    """Ids as providers mint them, hashes, numbers, and Base64 that is none of text."""
    rng = random.Random(1)
    letters = string.ascii_letters + string.digits
    for prefix, length in (
        ("chatcmpl-", 29),
        ("call_", 24),
        ("toolu_01", 22),
        ("msg_01", 22),
        ("req_", 32),
        ("resp_", 50),
        ("run_", 24),
        ("file-", 24),
        ("asst_", 24),
        ("org-", 24),
        ("proj_", 24),
        ("fp_", 10),
        ("gen-1731000000-", 20),
        ("pyd_ai_", 32),
        ("rs_", 50),
        ("ws_", 50),
        ("ctrace_", 30),
        ("sess_", 21),
        ("item_", 21),
        ("batch_", 32),
    ):
        yield prefix + "".join(rng.choices(letters, k=length))
    for number in range(12):
        data = str(number).encode()
        yield str(uuid.UUID(bytes=hashlib.md5(data).digest()))
        yield hashlib.md5(data).hexdigest()
        yield hashlib.sha1(data).hexdigest()
        yield "sha256:" + hashlib.sha256(data).hexdigest()
        yield base64.b64encode(hashlib.sha512(data).digest()).decode()
        yield base64.urlsafe_b64encode(rng.randbytes(3000)).decode()
        yield "data:image/png;base64,iVBORw0KGgo" + base64.b64encode(rng.randbytes(6000)).decode()
    head = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ"
    for mark in ("ABSK", "AKIA", "ASIA", "AIza", "LTAI", "AKCp", "dapi", "SK", "eyJ", "JQQJ99"):
        tail = base64.b64encode(rng.randbytes(3000)).decode()
        yield f"{head}{varied(200)}/{mark}{tail}"
        yield f"{head}{varied(200)}+{mark}{varied(16, string.ascii_uppercase)}/{tail}"
    yield "gAAAAABm" + base64.urlsafe_b64encode(rng.randbytes(600)).decode()
    yield "WyIxNzMxMDAwMDAwIiwg" + base64.b64encode(rng.randbytes(300)).decode()


HARMLESS = [
    *filter(None, DOCUMENTATION.splitlines()),
    *MODELS.split(),
    *filter(None, CODE.splitlines()),
    *ids(),
]

ENVIRONMENT = {
    "OPENAI_API_KEY": varied(40),
    "MODEL_TOKEN": "gpt-4o-mini-2024-07-18",
    "PASSWORD_STORE_DIR": "/home/me/.password-store",
    "AUTH_KEY": "https://github.com/example/repository-with-a-long-name-2024.git",
    "MAX_TOKENS": "123456789012",
}


def test_at_least_two_hundred_harmless_texts_stay_as_they_are():
    assert len(HARMLESS) >= 200
    secrets = collect_secrets(ENVIRONMENT, None, Redaction())
    for text in HARMLESS:
        with case(text[:100]):
            asked = json.dumps({"messages": [{"role": "user", "content": f"{text}\n{text}"}]})
            recorded = interaction(request=asked.encode(), response=f'{{"a":{asked}}}'.encode())
            sealed, findings = seal(redact_interaction(recorded, Redaction()), secrets)
            assert [finding.kind for finding in findings] == []
            assert sealed.request.body == recorded.request.body
            assert sealed.response.body == recorded.response.body
