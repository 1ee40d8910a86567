"""The guard: while it is on, nothing connects to another machine."""
