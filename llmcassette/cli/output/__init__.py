"""Prints what the commands found: ``layout`` for people, ``json`` for programs."""
