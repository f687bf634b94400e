"""Models that Keras 2 wrote, made into what Keras 3 would have written."""
