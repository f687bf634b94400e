"""What a graph means: shapes and counts inferred, reports, costs, explanations, expectations, agreement."""
