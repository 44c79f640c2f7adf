"""Atlas: a whole collection on one map."""
