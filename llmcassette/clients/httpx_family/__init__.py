"""httpx and httpx2: two libraries with one API, driven alike."""
