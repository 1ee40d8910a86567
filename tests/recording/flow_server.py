"""An application on this machine whose clients act on the headers of its answers."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

FILE = b"the weights"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def jwt(**claims: object) -> str:
    """A JSON Web Token (RFC 7519) with a signature that nobody checks."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    coded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join((*coded, secrets.token_urlsafe(32)))


def claims_of(token: str) -> dict[str, object]:
    _, payload, _ = token.split(".")
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


class FlowServer:
    """Serves until ``stop``. ``secrets`` is what must not be in a cassette."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.polls = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                getattr(self, f"get_{path.strip('/').partition('/')[0]}")()

            do_HEAD = do_GET  # noqa: N815

            def do_POST(self) -> None:
                self.sent = self.rfile.read(int(self.headers["content-length"])).decode()
                getattr(self, f"post_{self.path.strip('/')}")()

            def answer(self, status: int, body: bytes = b"", **headers: str | list[str]) -> None:
                self.send_response(status)
                for name, values in headers.items():
                    for value in [values] if isinstance(values, str) else values:
                        self.send_header(name.replace("_", "-"), value)
                if status != 304:
                    self.send_header("content-length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def cookies(self) -> dict[str, str]:
                jar = SimpleCookie(self.headers.get("cookie", ""))
                return {name: morsel.value for name, morsel in jar.items()}

            def secret(self, text: str) -> str:
                outer.secrets.append(text)
                return text

            def get_digest(self) -> None:
                if "nonce" not in self.headers.get("authorization", ""):
                    challenge = f'Digest realm="a", nonce="{secrets.token_hex(16)}", qop="auth"'
                    return self.answer(401, b"who?", www_authenticate=challenge)
                return self.answer(200, b"welcome")

            def get_login(self) -> None:
                csrf = self.secret(secrets.token_urlsafe(24))
                cookies = [f"csrftoken={csrf}; Path=/; Max-Age=3600", "theme=dark; Path=/"]
                self.answer(200, b"<form>", set_cookie=cookies)

            def post_login(self) -> None:
                csrf = self.cookies()["csrftoken"]
                in_header = self.headers.get("x-csrftoken")
                if not csrf == in_header == parse_qs(self.sent)["csrfmiddlewaretoken"][0]:
                    return self.answer(403)
                cookie = f"sid={self.secret(secrets.token_hex(16))}; HttpOnly"
                return self.answer(200, b"hello", set_cookie=cookie)

            def get_me(self) -> None:
                sid = self.cookies().get("sid", "")
                self.answer(200 if sid else 401, f'{{"session":"{sid}"}}'.encode())

            def post_token(self) -> None:
                token = self.secret(jwt(sub="ada"))
                body = json.dumps({"access_token": token}, separators=(",", ":"))
                self.answer(200, body.encode(), content_type="application/json")

            def post_analyze(self) -> None:
                url = f"{outer.url}/operations/7?api-version=1"
                self.answer(202, operation_location=url, retry_after="0")

            def get_operations(self) -> None:
                outer.polls += 1
                status = "running" if outer.polls % 3 else "succeeded"
                self.answer(200, f'{{"status":"{status}"}}'.encode(), retry_after="0")

            def get_cached(self) -> None:
                if self.headers.get("if-none-match") == '"v1"':
                    return self.answer(304, etag='"v1"')
                return self.answer(200, b"the page", etag='"v1"', cache_control="no-cache")

            def get_download(self) -> None:
                disposition = "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"
                self.answer(200, FILE, content_disposition=disposition)

            def get_org(self) -> None:  # huggingface's hub
                self.answer(200, FILE, etag='"e1"', x_repo_commit=COMMIT, accept_ranges="bytes")

            def log_message(self, *_: object) -> None:
                """Not on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
