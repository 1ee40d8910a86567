"""Prints cassettes for ``inspect`` and ``textconv``."""
