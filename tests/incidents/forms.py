"""Questions that categories ask in tests."""

ORDER = [
    {"key": "device", "kind": "choice", "label": "Which device?", "options": ["Laptop", "Phone"], "required": True},
    {"key": "screens", "kind": "number", "label": "How many screens?", "minimum": "1", "maximum": "3",
     "required": True, "show_when": {"question": "device", "is": "Laptop"}},
    {"key": "day", "kind": "date", "label": "Needed when?"},
    {"key": "reason", "kind": "long_text", "label": "What for?"},
]  # fmt: skip
STANDSTILL = [
    {"key": "since", "kind": "text", "label": "Since when does it stand still?", "required": True},
    {"key": "device", "kind": "choice", "label": "Which line?", "options": ["North", "South"]},
]  # fmt: skip
"""What a type asks; a key is the same as one of `ORDER`, and another question."""
