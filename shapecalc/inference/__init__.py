"""A graph walked: what every node gives, masks, assumptions, and who is to blame."""
