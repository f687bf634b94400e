"""Reports, pages and findings as text: tables, Markdown, JSON, CSV, and what other tools read."""
