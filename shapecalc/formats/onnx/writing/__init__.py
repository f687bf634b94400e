"""Models as ONNX files: a file for each family of layers, mirroring layers/."""
