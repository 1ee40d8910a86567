"""Shared by the plugin and the command line: compare, check, edit and judge cassettes."""
