"""JSON: values and canonical texts to compare, JSONPaths, and the places of values in texts."""
