"""The reader of feelings; `reader` puts its parts together."""
