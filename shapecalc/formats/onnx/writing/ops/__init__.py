"""The functions of keras.ops as nodes of ONNX, a file a group."""
