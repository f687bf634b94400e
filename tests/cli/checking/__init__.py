"""What `check` does, step by step."""
