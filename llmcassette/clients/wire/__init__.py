"""HTTP/1.1 as bytes (RFC 9112), for libraries that are served below their own parser.

What a client writes becomes a ``Request``, and a ``Playback`` becomes what it reads. What a live
server sends is recorded on its way to the client.
"""
