"""``python -m llmcassette``: the command line, if the script ``llmcassette`` is not on the path."""

from __future__ import annotations

from llmcassette.cli.app import main

if __name__ == "__main__":
    main()
