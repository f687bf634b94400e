"""Weights in files: of NumPy, Keras and safetensors, read as they are, matched to a model's, and written."""
