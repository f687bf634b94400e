"""What each layer means: its arguments, and one pure rule for its shapes, weights and MACs."""
