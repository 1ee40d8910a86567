"""Prints the comparisons of ``diff``."""
