"""What stands behind a `$`: grammar and exact arithmetic."""
