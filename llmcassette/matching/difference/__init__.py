"""What differs between two JSON values."""
