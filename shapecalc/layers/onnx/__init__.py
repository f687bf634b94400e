"""The operators of ONNX as layer types, written `onnx.NAME`: one rule each, a file a group.

https://onnx.ai/onnx/operators/. Shapes are whole, the batch among them. Ports and
attributes have the names of the standard.
"""
