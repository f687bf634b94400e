"""Forwards of ONNX's operators: each file beside the rules of the same name."""
