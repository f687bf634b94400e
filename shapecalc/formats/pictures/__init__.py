"""Pictures of a model: Graphviz, Mermaid, SVG."""
