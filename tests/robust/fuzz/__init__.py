"""Fuzzing: documents by the thousand through every command, and what none of them may do. README.md says how."""
