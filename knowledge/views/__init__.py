"""Pages of the knowledge base: `reader` for everybody who may read."""
