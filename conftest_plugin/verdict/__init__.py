"""Which errors belong to which test, and what its report says."""
