"""Calls that are no conversations: one small module a kind, see ``Kind`` in ``api_call``."""
