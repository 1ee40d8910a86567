"""Changes to cassettes: converting, redacting and pruning them."""
