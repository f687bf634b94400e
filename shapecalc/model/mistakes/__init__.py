"""What is said of entries that could not be read: loaded only where one was met."""
