"""Faults in the content: ``rewriting`` has the four faults, each other file one wire format."""
