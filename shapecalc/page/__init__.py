"""The page of `shapecalc view`: a model to explore, whose numbers follow its sizes, in one file of HTML."""
