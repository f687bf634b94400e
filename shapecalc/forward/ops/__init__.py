"""The functions of keras.ops on arrays, a file a group."""
