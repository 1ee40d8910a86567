"""Benchmarks: llmcassette beside its peers and beside no recorder at all. ``make bench``."""
