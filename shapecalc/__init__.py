"""Shapes, parameters, costs and a NumPy forward pass of a neural network, from a YAML model spec."""

__version__ = "0.1.0"
