"""The pages of the codes, one file for each hundred."""
