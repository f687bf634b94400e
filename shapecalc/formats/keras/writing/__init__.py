"""Models as Keras's JSON and as code."""
