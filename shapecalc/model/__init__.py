"""From YAML text to a graph of layers: documents, expressions, specs, names, references and blocks."""
