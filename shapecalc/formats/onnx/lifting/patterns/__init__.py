"""Patterns of nodes that a layer of Keras is: one file a family, one small function a pattern."""
