"""Secrets that were made a moment ago, for the page that the browser is led to then: it shows them, a reload does not.

Answered at once, a secret would be made anew by everybody who loads that page again, and the one they copied would open
nothing any more. Until it is shown it lies sealed in the person's session.
"""

import time

from django.http import HttpRequest

from accounts.sealed import seal, unseal

SESSION_KEY = "shown_once"
KEPT = 600
"""Seconds in which it is shown. A browser follows at once; whoever comes back tomorrow, with others at the screen, is not
surprised by it."""


def keep(request: HttpRequest, what: str, secret: str, *, of: object = "") -> None:
    """`what` is a page's own name for it, `of` the key of what it opens."""
    request.session[SESSION_KEY] = [what, str(of), seal(secret), int(time.time())]


def take(request: HttpRequest, what: str, *, of: object = None) -> tuple[str, str] | None:
    """Of what and the secret, this once; nothing where none was just made, or another one than `of`."""
    kept = request.session.get(SESSION_KEY)
    if kept is None or kept[0] != what or (of is not None and kept[1] != str(of)):
        return None
    del request.session[SESSION_KEY]
    _what, opens, sealed, at = kept
    return (opens, unseal(sealed)) if at > time.time() - KEPT else None
