"""Benchmarks: llmcassette compared with its peers and with no recorder; ``make bench``."""
