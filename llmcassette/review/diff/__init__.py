"""Comparing two cassettes."""
