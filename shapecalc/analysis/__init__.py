"""Questions asked of a walked graph: reports, costs, explanations, expectations, differences, agreement."""
