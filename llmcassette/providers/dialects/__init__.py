"""One module for each wire format; ``registry.Format`` describes its functions."""
