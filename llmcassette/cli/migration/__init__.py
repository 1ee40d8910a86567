"""Moves a project from vcrpy, pytest-recording, pytest-vcr or cassetter to llmcassette."""
