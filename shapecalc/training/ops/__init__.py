"""What the functions of keras.ops keep for the backward pass: a file a group, as in `layers/ops/`."""
