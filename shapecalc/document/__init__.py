"""YAML text to nodes with spans, within limits, by libyaml's events."""
