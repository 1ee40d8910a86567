"""aiohttp, and what sends with its client: aiobotocore, httpx-aiohttp, SDKs."""
