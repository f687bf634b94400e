"""Nodes of ONNX turned into the layers that Keras names, where that is exact; lift.py is the way in."""
