"""What `check` does, step by step: which files, each one judged, findings filtered, all printed."""
