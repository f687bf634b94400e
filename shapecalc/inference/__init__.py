"""A graph walked: what every node gives, masks, assumptions, and who is to blame."""

from shapecalc.inference import block as block  # a walk meets blocks: their rule must be registered first
