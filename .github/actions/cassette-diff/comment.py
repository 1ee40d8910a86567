"""Compare cassettes with the base of a pull request, and keep one comment about it up to date.

Reads ``BASE``, ``CASSETTES``, ``TOKEN``, ``NUMBER``, and GitHub's own ``GITHUB_API_URL`` and
``GITHUB_REPOSITORY``. If nothing changed, no comment is made, and one made before says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from typing import Any

MARKER = "<!-- llmcassette diff -->"


def main() -> int:
    command = ["llmcassette", "diff", "--git", os.environ["BASE"], "--format", "markdown"]
    done = subprocess.run(  # noqa: S603 (no shell)
        command,
        cwd=os.environ.get("CASSETTES") or ".",
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    sys.stderr.write(done.stderr)
    if done.returncode > 1:
        return done.returncode
    base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    mine = find(f"{base}/{os.environ['NUMBER']}/comments")
    if mine is not None:
        call("PATCH", f"{base}/comments/{mine}", {"body": done.stdout})
    elif done.returncode:
        call("POST", f"{base}/{os.environ['NUMBER']}/comments", {"body": done.stdout})
    return 0


def find(url: str) -> int | None:
    """The id of the comment that was made before."""
    page = 1
    while found := call("GET", f"{url}?per_page=100&page={page}"):
        for comment in found:
            if str(comment["body"]).startswith(MARKER):
                return int(comment["id"])
        page += 1
    return None


def call(method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
    request = urllib.request.Request(  # noqa: S310 (GitHub's own URL)
        url,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {os.environ['TOKEN']}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
