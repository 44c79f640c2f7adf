"""Measures of a score: harmony, rhythm, voice leading, form, and its correlation with the features of the images."""
