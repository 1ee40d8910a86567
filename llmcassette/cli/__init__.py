"""The command line.

``app`` lists the commands; each is one file in ``commands``, imported when it is called. ``output``
prints results. ``inputs`` finds and reads cassettes, ``editing`` changes them, ``running`` turns
errors into one message and an exit code.
"""
