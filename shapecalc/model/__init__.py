"""From nodes of YAML to a graph of layers: specs, values, configs, names, references and blocks."""
