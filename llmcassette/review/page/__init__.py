"""Cassettes, comparisons and test runs as one HTML file that loads nothing from elsewhere.

jinja2 escapes all texts, and the Content-Security-Policy of the page allows only the script and the
styles in ``files/``, by their hashes.
"""
