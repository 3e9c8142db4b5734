"""Conditions and answers, and which questions are asked then. Read by the server's tests and by the browser's."""

FORM = [
    {"key": "device", "kind": "choice", "label": "Device", "options": ["Laptop", "Phone", "Other"]},
    {"key": "parts", "kind": "choices", "label": "Parts", "options": ["Dock", "Screen", "Mouse"]},
    {"key": "remote", "kind": "yes_no", "label": "From home?"},
    {"key": "count", "kind": "number", "label": "How many?"},
    {"key": "day", "kind": "date", "label": "Until when?"},
    {"key": "why", "kind": "text", "label": "Why?"},
    {"key": "system", "kind": "service", "label": "Which service?"},
    {"key": "who", "kind": "person", "label": "For whom?"},
    {"key": "proof", "kind": "file", "label": "A picture"},
]  # fmt: skip

LAPTOP = {"question": "device", "is": "Laptop"}
PHONE = {"question": "device", "is": "Phone"}
DOCK = {"question": "parts", "has": "Dock"}
REMOTE = {"question": "remote", "is": True}


def asks(condition, **answers):
    return (condition, answers, True)


def asks_not(condition, **answers):
    return (condition, answers, False)


# The last question, under a condition; the answers as a browser sends them; whether it is asked.
CASES = [
    asks(LAPTOP, device="Laptop"),
    asks_not(LAPTOP, device="Phone"),
    asks_not(LAPTOP),
    asks_not(LAPTOP, device="laptop"),
    asks({"question": "device", "is_not": "Laptop"}, device="Phone"),
    asks_not({"question": "device", "is_not": "Laptop"}, device="Laptop"),
    asks({"question": "device", "is_not": "Laptop"}),
    asks({"question": "device", "is": None}),
    asks_not({"question": "device", "is": None}, device="Phone"),
    asks({"question": "device", "is_not": None}, device="Phone"),
    asks_not({"question": "device", "is_not": None}),
    asks(DOCK, parts=["Dock"]),
    asks(DOCK, parts=["Mouse", "Dock"]),
    asks_not(DOCK, parts=["Mouse"]),
    asks_not(DOCK),
    asks({"question": "parts", "is": None}),
    asks({"question": "parts", "is_not": None}, parts=["Mouse"]),
    asks(REMOTE, remote="yes"),
    asks_not(REMOTE, remote="no"),
    asks_not(REMOTE),
    asks({"question": "remote", "is": False}, remote="no"),
    asks_not({"question": "remote", "is": False}),
    asks({"question": "remote", "is_not": True}),
    asks({"question": "count", "is": "1.5"}, count="1.5"),
    asks({"question": "count", "is": "1.5"}, count="1.50"),
    asks({"question": "count", "is": "1500"}, count="1.5e3"),
    asks({"question": "count", "is": "0"}, count="-0"),
    asks({"question": "count", "is_not": None}, count="0"),
    asks_not({"question": "count", "is": "1"}, count="10"),
    asks_not({"question": "count", "is": "1"}),
    asks({"question": "count", "is": "0.000001"}, count="0.000001"),
    asks({"question": "count", "is": "123456789012345"}, count="123456789012345"),
    asks({"question": "day", "is": "2027-03-01"}, day="2027-03-01"),
    asks_not({"question": "day", "is": "2027-03-01"}, day="2027-03-02"),
    asks({"question": "why", "is": "no idea"}, why="  no idea "),
    asks_not({"question": "why", "is": "no idea"}, why="No idea"),
    asks({"question": "why", "is": "1"}, why="1"),
    asks({"question": "why", "is": None}, why="   "),
    asks({"question": "system", "is": 7}, system="7"),
    asks_not({"question": "system", "is": 7}, system="70"),
    asks({"question": "system", "is": None}, system=""),
    asks({"question": "who", "is_not": None}, who="Robin"),
    asks_not({"question": "who", "is_not": None}),
    asks({"question": "proof", "is": None}),
    asks({"all": [LAPTOP, DOCK]}, device="Laptop", parts=["Dock"]),
    asks_not({"all": [LAPTOP, DOCK]}, device="Laptop", parts=["Mouse"]),
    asks({"any": [LAPTOP, DOCK]}, parts=["Dock"]),
    asks_not({"any": [LAPTOP, DOCK]}, device="Phone"),
    asks({"all": [REMOTE, {"any": [LAPTOP, PHONE]}]}, remote="yes", device="Phone"),
    asks_not({"all": [REMOTE, {"any": [LAPTOP, PHONE]}]}, remote="yes", device="Other"),
    asks_not({"all": [REMOTE, {"any": [LAPTOP, PHONE]}]}, remote="no", device="Phone"),
    asks({"any": [{"all": [LAPTOP, DOCK]}, {"all": [PHONE, {"any": [REMOTE, {"question": "why", "is": "x"}]}]}]}, device="Phone", why="x"),
    asks_not({"any": [{"all": [LAPTOP, DOCK]}, {"all": [PHONE, {"any": [REMOTE, {"question": "why", "is": "x"}]}]}]}, device="Phone", why="y"),
]  # fmt: skip


def form(condition):
    return [*FORM, {"key": "last", "kind": "text", "label": "And?", "show_when": condition}]


# A chain: what is not asked counts as not answered for those after it.
CHAIN = [
    {"key": "device", "kind": "choice", "label": "Device", "options": ["Laptop", "Phone"]},
    {"key": "dock", "kind": "yes_no", "label": "With a dock?", "show_when": LAPTOP},
    {"key": "screens", "kind": "number", "label": "Screens", "show_when": {"question": "dock", "is": True}},
    {"key": "wall", "kind": "text", "label": "Which wall?", "show_when": {"question": "screens", "is_not": None}},
    {"key": "plain", "kind": "text", "label": "Without?", "show_when": {"question": "dock", "is": None}},
]  # fmt: skip
CHAINED = [
    ({"device": "Laptop", "dock": "yes", "screens": "2"}, ["device", "dock", "screens", "wall"]),
    ({"device": "Laptop", "dock": "no", "screens": "2"}, ["device", "dock"]),
    ({"device": "Phone", "dock": "yes", "screens": "2", "wall": "x"}, ["device", "plain"]),
    ({}, ["device", "plain"]),
]
