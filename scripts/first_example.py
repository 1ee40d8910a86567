"""Write README's first example into a new folder: ``python scripts/first_example.py FOLDER``.

CI runs it there against the built packages, outside the clone.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
AGENT: Final = ROOT / "examples" / "weather_agent"
BLOCK = re.compile(r"<!-- file: (test_weather_agent\.py) -->\s*```python\n(.*?)```", re.DOTALL)


def write_example(folder: Path) -> None:
    """The agent, its cassette and its pyproject.toml, and the test as README shows it."""
    block = BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    if block is None:
        sys.exit("README.md has no block for test_weather_agent.py")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / block[1]).write_text(block[2], encoding="utf-8")
    shutil.copy(AGENT / "agent.py", folder)
    shutil.copy(AGENT / "pyproject.toml", folder)
    shutil.copytree(AGENT / "cassettes", folder / "cassettes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/first_example.py FOLDER")
    write_example(Path(sys.argv[1]))
