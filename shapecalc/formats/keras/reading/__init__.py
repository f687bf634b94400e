"""Models that Keras wrote, as flat models."""
