"""Measures of scores: what is where in a score, and how it compares with what listeners expect."""
