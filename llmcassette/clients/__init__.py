"""Thin drivers of client libraries, and ``use_cassette``: only this package imports such libraries.

``scope`` knows which open cassette a request belongs to, ``network`` guards the sockets. Nothing is
imported here, so that using one module doesn't import the others.
"""
