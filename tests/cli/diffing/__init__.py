"""What `diff` compares."""
