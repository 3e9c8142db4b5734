"""What people do with what they heard, and what they want to hear."""

from incidents.notify.actions.acknowledge import acknowledge
from incidents.notify.actions.chat_addresses import remove_address, set_address
from incidents.notify.actions.choose import choose
from incidents.notify.actions.devices import add_device, remove_device, show_titles
from incidents.notify.actions.habits import keep_hours
from incidents.notify.actions.read import read, read_all
from incidents.notify.actions.retry import retry, retry_acknowledgement, retry_posting
from incidents.notify.actions.returned import dismiss_returned, forget_returned, note_returned

__all__ = [
    "acknowledge",
    "add_device",
    "choose",
    "dismiss_returned",
    "forget_returned",
    "keep_hours",
    "note_returned",
    "read",
    "read_all",
    "remove_address",
    "remove_device",
    "retry",
    "retry_acknowledgement",
    "retry_posting",
    "set_address",
    "show_titles",
]
