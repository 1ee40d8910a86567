"""Opening and closing cassettes: file names, settings by origin, and the fixture's factory."""
