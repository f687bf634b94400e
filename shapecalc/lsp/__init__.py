"""The answers of a language server, pure functions over the text of open files; server.py speaks the protocol."""
