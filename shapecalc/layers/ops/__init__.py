"""The functions of keras.ops, a file a group."""
