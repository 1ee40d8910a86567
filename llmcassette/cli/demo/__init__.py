"""What ``llmcassette demo`` brings: a small project, and a fake provider to record from."""
