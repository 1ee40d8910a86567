"""Checking cassettes: rules and findings."""
