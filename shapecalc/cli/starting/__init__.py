"""The starter specs of `shapecalc init`."""
