"""Where the boxes and the lines of a picture go: layers from top to bottom, branches beside each other.

`place.lay_out` takes a `graph.Graph` of sizes and gives a `graph.Layout` of positions; nothing here knows what they are
of.
"""
