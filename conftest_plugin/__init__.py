"""The pytest plugin of llmcassette."""
