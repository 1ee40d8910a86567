"""``http.client`` and what is built on its connections: urllib3, requests, botocore, urllib."""
