"""Specs as Python code for Keras."""
