"""Compares recordings: two cassettes (``diff``), or a live answer with its recording (drift)."""
