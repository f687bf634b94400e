"""Other notations, and arrays in files."""
