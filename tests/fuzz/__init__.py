"""Fuzzing for minutes, over the reader and the gate: ``make fuzz``."""
