"""The command line: one thin file a command, imported when it is called.

``app`` knows the commands; ``places`` finds and reads cassettes, ``lines`` lays out text for a
terminal or a pipe, ``running`` turns what goes wrong into one message and an exit code.
"""
