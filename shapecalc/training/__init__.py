"""What each layer keeps in memory for the backward pass: one function a type, in files that mirror `layers/`.

The convention can be measured: what Keras 3 on its PyTorch backend keeps in eager mode. So each function follows the
calls that Keras makes, on arrays that have a shape and no numbers; each call of PyTorch saves what its gradient needs.
"""
