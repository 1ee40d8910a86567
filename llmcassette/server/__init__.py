"""Cassettes over real HTTP, for clients in any language; and a proxy that records.

Needs the extra ``server``. Nothing is imported here.
"""
