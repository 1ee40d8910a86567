"""JSON as it is compared: values, canonical texts, paths and positions."""
