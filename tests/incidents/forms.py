"""Questions that categories ask in tests."""

ORDER = [
    {"key": "device", "kind": "choice", "label": "Which device?", "options": ["Laptop", "Phone"], "required": True},
    {"key": "screens", "kind": "number", "label": "How many screens?", "minimum": "1", "maximum": "3",
     "required": True, "show_when": {"question": "device", "is": "Laptop"}},
    {"key": "day", "kind": "date", "label": "Needed when?"},
    {"key": "reason", "kind": "long_text", "label": "What for?"},
]  # fmt: skip
