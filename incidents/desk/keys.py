"""The desk's one key map: which key does what, and where. Lists, tickets and boards share it.

The dialog behind “?”, its page, and the hints in the foot of pages are all drawn from here. What a key does is an element
of the page first (`data-key`), which `static/js/keys.js` presses; whatever has no such element on a page does nothing there.

To add a key: a line here, and `data-key` on what it presses. `hint` is for the foot of the page, in few words.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Where = Literal["anywhere", "list", "ticket", "board"]

PLACES: dict[Where, str | Promise] = {
    "anywhere": _("Everywhere"),
    "list": _("In a list"),
    "ticket": _("In a ticket"),
    "board": _("On the board"),
}


@dataclass(frozen=True)
class Key:
    """`caps` are drawn one beside the other; `press` is how elements name it (`data-key`, or `data-go` after G)."""

    caps: tuple[str | Promise, ...]
    does: str | Promise
    where: tuple[Where, ...]
    press: tuple[str, ...] = ()
    hint: str | Promise = ""
    go: str = ""
    """The page that it goes to, by its name."""


_CTRL, _ENTER, _ESC, _SHIFT = _("Ctrl"), _("Enter"), _("Esc"), _("Shift")
_ANYWHERE: tuple[Where, ...] = ("anywhere",)
_LIST: tuple[Where, ...] = ("list",)
_TICKET: tuple[Where, ...] = ("ticket",)
_BOARD: tuple[Where, ...] = ("board",)
_ALL: tuple[Where, ...] = ("list", "ticket", "board")

KEYS: tuple[Key, ...] = (
    Key((_CTRL, "K"), _("Search, jump, run a command"), _ANYWHERE, ("Control+k",)),
    Key(("/",), _("Search or filter"), _ANYWHERE, ("/",)),
    Key(("C",), _("New ticket"), _ANYWHERE, ("c",)),
    Key(("G", "H"), _("Go to the overview"), _ANYWHERE, ("h",), go="desk:home"),
    Key(("G", "M"), _("Go to My work"), _ANYWHERE, ("m",), go="desk:mine"),
    Key(("G", "U"), _("Go to Unassigned"), _ANYWHERE, ("u",), go="desk:unassigned"),
    Key(("G", "B"), _("Go to the board"), _ANYWHERE, ("b",), go="desk:board"),
    Key(("G", "K"), _("Go to Knowledge"), _ANYWHERE, ("k",), go="knowledge:home"),
    Key(("G", "N"), _("Go to Notifications"), _ANYWHERE, ("n",), go="notify:inbox"),
    Key(("Z",), _("Undo, while it is offered"), _ANYWHERE, ("z",)),
    Key(("?",), _("This list"), _ANYWHERE, ("?",)),
    Key(("J", "K"), _("Next, previous ticket"), ("list", "ticket"), ("j", "k"), pgettext_lazy("key", "move")),
    Key((_ENTER, "O"), _("Open it"), ("list", "board"), ("Enter", "o"), pgettext_lazy("key", "open")),
    Key(("X",), _("Select it"), _LIST, ("x",), pgettext_lazy("key", "select")),
    Key((_SHIFT, "X"), _("Select all up to it"), _LIST, ("X",)),
    Key(("A",), _("Assign"), ("list", "ticket"), ("a",), pgettext_lazy("key", "assign")),
    Key(("I",), _("Take it"), _ALL, ("i",), pgettext_lazy("key", "take it")),
    Key(("S",), _("Status"), ("list", "ticket"), ("s",), pgettext_lazy("key", "status")),
    Key(("P",), _("Priority"), ("list", "ticket"), ("p",)),
    Key(("T",), _("Tags"), ("list", "ticket"), ("t",)),
    Key(("M",), _("Merge"), ("list", "ticket"), ("m",)),
    Key(("R",), _("Show new tickets"), _LIST, ("r",), pgettext_lazy("key", "show new")),
    Key(("F",), _("Add a filter"), ("list", "board"), ("f",)),
    Key((_ENTER, "↓"), _("From the filter box to the first ticket"), _LIST),
    Key((_ESC,), _("Leave the filter box, clear the selection"), _LIST, ("Escape",)),
    Key(("R",), _("Reply"), _TICKET, ("r",), pgettext_lazy("key", "reply")),
    Key(("N",), _("Internal note"), _TICKET, ("n",), pgettext_lazy("key", "note")),
    Key(("E",), _("Resolve"), _TICKET, ("e",), pgettext_lazy("key", "resolve")),
    Key((";",), _("Canned reply"), _TICKET, (";",)),
    Key((_CTRL, _ENTER), _("Send what you write"), _TICKET, ("Control+Enter",)),
    Key((_ESC,), _("Leave the text, so that keys work again"), _TICKET, ("Escape",)),
    Key(("U",), _("Back to the list"), _TICKET, ("u",), pgettext_lazy("key", "back")),
    Key(("←", "↑", "↓", "→"), _("Move around"), _BOARD, (), pgettext_lazy("key", "move around")),
    Key(("[", "]"), _("Move the card one lane back, forward"), _BOARD, ("[", "]"), pgettext_lazy("key", "move the card")),
)  # fmt: skip


def groups() -> list[tuple[str | Promise, list[Key]]]:
    """All keys by where they work."""
    return [(name, [key for key in KEYS if where in key.where]) for where, name in PLACES.items()]


def hints(where: Where) -> list[Key]:
    """What the foot of such a page reminds of."""
    return [key for key in KEYS if where in key.where and key.hint]


def presses() -> set[str]:
    """Every value that `data-key` may have."""
    return {press for key in KEYS for press in key.press if not key.go}
