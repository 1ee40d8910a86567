"""The adapters: the only place that touches a client library.

Nothing is imported here, so that asking for one of them does not load the others.
"""
