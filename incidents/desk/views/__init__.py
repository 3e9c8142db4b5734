"""Pages for people who work on tickets: one module a page."""
