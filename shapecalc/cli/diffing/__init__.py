"""What `diff` compares: two files, one under two settings, or folders of them, also of a revision."""
