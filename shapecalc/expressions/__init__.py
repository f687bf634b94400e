"""Expressions, `$name` and `$a // 2`: their grammar and exact arithmetic."""
