"""People to be asked in, read from pasted addresses or a CSV: each line is in, is here already, or is refused."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import actions, policies
from accounts.bidi import is_plain
from accounts.errors import Refused
from accounts.models import Department, Role, Team, User

MOST_ROWS = 2_000
LARGEST = 1_000_000
LONGEST_CELL = 254
COLUMNS = ("name", "email", "department", "team", "role")
NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
"""“Robin Kestrel <robin@example.com>”, as mail programs copy it."""
FORMULA = "=+-@\t\r"
"""How cells begin that a spreadsheet would run."""


class WrongList(Refused):
    """Not a list of people as a whole."""

    status = 422


class State(models.TextChoices):
    NEW = "new", gettext_lazy("is invited")
    HERE = "here", gettext_lazy("is here already")
    REFUSED = "refused", gettext_lazy("refused")


@dataclass
class Row:
    """One line of the list, and what becomes of it."""

    line: int
    name: str
    email: str
    department: str = ""
    team: str = ""
    role: str = ""
    state: str = State.NEW
    why: str = ""
    found: dict[str, Any] = field(default_factory=dict)


def decoded(given: bytes) -> str:
    """The text of a file.

    Raises:
        WrongList: it is too large or in no encoding that is read here.
    """
    if len(given) > LARGEST:
        raise WrongList(_("This list is larger than 1 MB."))
    try:
        return given.decode("utf-16" if given[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongList(
            _("The file is not UTF-8. Save it as “CSV UTF-8” and try again.")
        ) from error


def read(text: str) -> list[Row]:
    """The rows of a CSV with a heading, or of addresses with commas, semicolons or lines between them.

    Raises:
        WrongList: there are none, too many, or the heading names no address.
    """
    if len(text) > LARGEST:
        raise WrongList(_("This list is larger than 1 MB."))
    if "\x00" in text:  # no database looks for such a word
        raise WrongList(_("There is no address in this."))
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    heading = [cell.strip().strip('"').casefold() for cell in first.split(delimiter)]
    rows = list(_of_csv(text, delimiter, heading) if "@" not in first and "email" in _plain(heading) else _of_addresses(lines))  # fmt: skip
    if not rows:
        raise WrongList(_("There is no address in this."))
    if len(rows) > MOST_ROWS:
        raise WrongList(
            _("Invite up to %(most)s people at once; these are more.") % {"most": MOST_ROWS}
        )
    return rows


def _plain(heading: list[str]) -> list[str]:
    same = {"e-mail": "email", "mail": "email", "e-mail address": "email", "email address": "email"}
    return [same.get(cell, cell) for cell in heading]


def _of_csv(text: str, delimiter: str, heading: list[str]) -> Iterator[Row]:
    names = _plain(heading)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    is_first = True
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(number, "", "", state=State.REFUSED, why=_("This is not a row of CSV."))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if is_first:
            is_first = False
            continue
        if len(cells) != len(names):
            why = _("This row has %(here)s columns, the heading has %(heading)s.")
            why %= {"here": len(cells), "heading": len(names)}
            yield Row(number, "", cells[0][:LONGEST_CELL], state=State.REFUSED, why=why)
            continue
        said: dict[str, Any] = {
            n: " ".join(c.split()) for n, c in zip(names, cells, strict=True) if n in COLUMNS
        }
        yield Row(number, said.pop("name", ""), said.pop("email", ""), **said)


def _of_addresses(lines: list[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        for part in re.split(r"[;,](?![^<]*>)", line):
            if not part.strip():
                continue
            said = NAMED.fullmatch(part.strip())
            name, email = (said[1], said[2]) if said else ("", part.strip())
            yield Row(number, " ".join(name.strip('"').split())[:200], email[: LONGEST_CELL + 1])


# What becomes of them -----------------------------------------------------------------------------------------


def weigh(rows: list[Row], *, by: User) -> list[Row]:
    """Say of each row what would become of it."""
    known = _Known(rows)
    may_give = policies.can_manage_roles(by)
    seen: set[str] = set()
    for row in rows:
        if row.state == State.REFUSED:
            continue
        row.email = row.email.lower()
        row.why = _wrong(row) or known.look_up(row)
        if not row.why and row.role and not may_give:
            row.why = _("Only who manages roles may give one.")
        if row.why:
            row.state = State.REFUSED
        elif row.email in known.here or row.email in seen:
            row.state = State.HERE
        seen.add(row.email)
        row.name = row.name or _name_of(row.email)
    return rows


def invite(rows: list[Row], *, by: User) -> list[Row]:
    """Ask those in who are new; each row by itself, so that one refusal does not keep the others out."""
    for row in weigh(rows, by=by):
        if row.state != State.NEW:
            continue
        try:
            with transaction.atomic():
                actions.invite(row.email, name=row.name, by=by, **row.found)
        except Refused as refusal:
            row.state, row.why = State.REFUSED, refusal.message
    return rows


def _wrong(row: Row) -> str:
    """Why the row can't be used, in words; empty where it can."""
    cells = (row.name, row.email, row.department, row.team, row.role)
    if any(len(cell) > LONGEST_CELL for cell in cells) or len(row.name) > 120:
        return _("Something in it is too long.")
    if not all(is_plain(cell) for cell in cells):
        return _("It holds signs that can’t be seen.")
    if any(cell[:1] in FORMULA for cell in cells if cell):
        return _("It begins like a formula of a spreadsheet.")
    try:
        validate_email(row.email)
    except ValidationError:
        return _("This is no e-mail address.")
    if row.name and not any(sign.isalnum() for sign in row.name):
        return _("This is no name.")
    if row.team and not row.role:
        return _("Say which role they hold in the team.")
    return ""


def _name_of(email: str) -> str:
    """“robin.kestrel@…” is called Robin Kestrel until they say otherwise."""
    words = re.split(r"[._\-+]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word)[:120] or email


class _Known:
    """Everything that rows can name, looked up once."""

    def __init__(self, rows: list[Row]) -> None:
        asked = [row.email.lower() for row in rows]
        self.here: set[str] = set()
        for start in range(0, len(asked), 500):
            some = User.objects.filter(email__in=asked[start : start + 500])
            self.here |= set(some.values_list("email", flat=True))
        self.departments = {one.name.casefold(): one for one in Department.objects.all()}
        teams = Team.objects.filter(is_retired=False)
        self.teams = {key.casefold(): one for one in teams for key in (one.slug, one.name)}
        roles = Role.objects.filter(is_everybody=False)
        self.roles = {key.casefold(): one for one in roles for key in (one.slug, one.name)}

    def look_up(self, row: Row) -> str:
        """Fill in what the row names; why that can't be done, or nothing."""
        for name, rows, missing in (
            ("department", self.departments, _("There is no department “%s”.")),
            ("team", self.teams, _("There is no team “%s”.")),
            ("role", self.roles, _("There is no role “%s”.")),
        ):
            said = getattr(row, name)
            found: Any = rows.get(said.casefold())  # type: ignore[attr-defined]
            if said and found is None:
                return missing % said
            row.found[name] = found
        return ""
