"""Finds the differences of two JSON values, and shows them to a reader."""
