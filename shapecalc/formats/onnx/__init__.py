"""ONNX files: reading them without the package `onnx`."""
