"""Keras's JSON and archives, read and written."""
