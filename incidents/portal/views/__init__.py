"""Pages for everybody who signed in: one module a page."""
