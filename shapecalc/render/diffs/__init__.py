"""What changed between models, in a format a file: text, Markdown, JSON."""
