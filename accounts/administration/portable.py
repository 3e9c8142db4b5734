"""What of an install is configuration, table by table: how a row reads in a file, and how it is written back.

The configuration file and “put back” both come through here. An app says what it has in its module `portable`, which is
found by itself:

    register(Part("services", 50, Service, Permission.CATEGORIES_MANAGE, key=("slug",), fields=("name", "owner_team")))
    # a table with rules of its own adds write=<verb>, and columns={name: Column(…)} for what its fields don't say plainly
    # then `manage.py export_config --schema` writes the schema anew, which a test compares

Rows are told apart by `key`, so that a file means the same on every install; another row is named by its key. `place`
orders the parts: what is pointed at comes first. Rows are never removed by a file.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Field, ForeignKey, JSONField, ManyToManyField, Model, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, snapshot
from accounts.errors import InvalidInput, require
from accounts.models import User
from accounts.permissions import Permission

Entry = dict[str, Any]
"""A row as it stands in the file."""
Values = dict[str, Any]
"""A row's fields as Python has them: rows of other tables, moments, words."""


class Missing(InvalidInput):
    """What an entry points at is not there."""


@dataclass(frozen=True)
class Column:
    """Something of a row that its file says in another way than the table, or that stands in further tables."""

    dump: Callable[[Any], Any]
    """From the row to what JSON can hold, the same for every install."""
    load: Callable[[Any], Any]
    """Back, as `write` wants it.

    Raises:
        InvalidInput: it can't be read here.
    """
    schema: Mapping[str, Any]
    restore: Callable[[Any], Any] | None = None
    """From what the log of administration keeps of it, as `write` wants it; without it the log has it as the field does."""


class Write(Protocol):
    def __call__(self, part: "Part", row: Any, values: Values, *, by: User) -> Model:
        """Change the row, or add one where it is None, by all checks that a person meets who does so by hand.

        Raises:
            Refused
        """


@dataclass(frozen=True)
class Part:
    """One table of the configuration."""

    name: str
    place: int
    model: type[Model]
    permission: Permission
    """Who may write it."""
    key: tuple[str, ...]
    """Empty: there is only one row."""
    fields: tuple[str, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)
    write: Write | None = None
    """Without it: by `form`, or a form of the fields."""
    form: type[forms.ModelForm] | None = None
    rows: Callable[[User | None], "QuerySet[Any]"] | None = None
    """Those that a person may read in the file; without it all of them."""
    order: Callable[[list[Any]], list[Any]] | None = None
    """How they stand in the file; without it by their key."""
    page: Callable[[Any], str] | None = None
    """Where a row is seen by hand; without it on its table's page."""
    heir: Callable[[Any], Any] | None = None
    """Which row a file names in place of one that is in no file itself, since another took its place."""
    words: str | Promise = ""
    """What the rows are called, where that is not what their table is called."""
    home: str = ""
    """The name of the page of all its rows, where it has no table's page in administration."""
    in_file: bool = True
    """False: it can be put back, but is no configuration (people)."""

    @property
    def title(self) -> str:
        return str(self.words or self.model._meta.verbose_name_plural)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything an entry may say, in its order."""
        return (
            *self.key,
            *(name for name in (*self.fields, *self.columns) if name not in self.key),
        )

    @property
    def is_single(self) -> bool:
        return not self.key

    @cached_property
    def _references(self) -> tuple[list[str], list[str]]:
        own = [self.model._meta.get_field(n) for n in self.names if n not in self.columns]
        ones = [one.name for one in own if isinstance(one, ForeignKey)]
        return ones, [one.name for one in own if isinstance(one, ManyToManyField)]

    def is_read_by(self, user: User) -> bool:
        return user.permits.anywhere(self.permission, Permission.AUDIT_READ)

    def all(self, reader: User | None = None) -> "QuerySet[Any]":
        """The rows, with what their entries name; `reader` None: whoever holds the machine."""
        found = self.rows(reader) if self.rows else self.model._default_manager.all()
        ones, several = self._references
        return found.select_related(*ones).prefetch_related(*several)

    # A row as an entry -----------------------------------------------------------------------------------------

    def entry(self, row: Model) -> Entry:
        return {name: self._dump(name, row) for name in self.names}

    def key_of(self, entry: Entry) -> tuple[str, ...]:
        return tuple(repr(entry.get(name)) for name in self.key)

    def _dump(self, name: str, row: Any) -> Any:
        if column := self.columns.get(name):
            return column.dump(row)
        own: Any = self.model._meta.get_field(name)
        if isinstance(own, ManyToManyField):
            return sorted(named(other) for other in getattr(row, name).all())
        if isinstance(own, ForeignKey):
            other = getattr(row, name)
            return None if other is None else named(other)
        value = own.value_from_object(row)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        if value is None or isinstance(value, bool | int | float | str | list | dict):
            return value
        return own.value_to_string(row)

    # An entry as values ----------------------------------------------------------------------------------------

    def values(self, entry: Entry) -> Values:
        """What the entry says, looked up here.

        Raises:
            Missing: it points at something that is not here.
            InvalidInput: something can't be read.
        """
        return {name: self._load(name, given) for name, given in entry.items()}

    def _load(self, name: str, given: Any) -> Any:
        if column := self.columns.get(name):
            return column.load(given)
        own: Any = self.model._meta.get_field(name)
        if isinstance(own, ManyToManyField):
            return [find(own.related_model, key) for key in given]
        if isinstance(own, ForeignKey):
            return None if given is None else find(own.related_model, given)
        return read(own, given)

    def values_of(self, row: Model) -> Values:
        """What the row says now, as `write` would be given it."""
        own = {n: getattr(row, n) for n in self.names if n not in self.columns}
        for name in self._references[1]:
            own[name] = list(own[name].order_by("pk"))
        return own | {n: one.load(one.dump(row)) for n, one in self.columns.items()}

    # Writing ---------------------------------------------------------------------------------------------------

    def save(self, row: Model | None, values: Values, *, by: User) -> Model:
        """Change the row, or add one; `values` may leave out what stays, or begins, as it is.

        Raises:
            Refused: `by` may not, or it can't be so.
        """
        require(
            by.permits.anywhere(self.permission) or by.is_system,
            _("You may not change %(what)s: that needs “%(permission)s”.")
            % {"what": self.title, "permission": self.permission.label},
        )
        try:
            with transaction.atomic():
                if row:
                    row = self.model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
                whole = (self.values_of(row) if row else self._defaults()) | values
                return (self.write or by_form)(self, row, whole, by=by)
        except ValidationError as error:
            raise InvalidInput(" ".join(error.messages)) from error
        except (IntegrityError, DataError) as error:
            raise InvalidInput(_("The database can't hold this beside what is there.")) from error

    def _defaults(self) -> Values:
        fresh = self.model()
        ones, several = self._references
        own = [n for n in self.names if n not in self.columns and n not in several]
        return {n: None if n in ones else getattr(fresh, n) for n in own} | {n: [] for n in several}

    def url_of(self, row: Model) -> str:
        """The page where somebody looks at the row; empty where there is none."""
        if self.page:
            return self.page(row)
        meta = self.model._meta
        try:
            return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        except NoReverseMatch:
            return ""


_parts: dict[str, Part] = {}
_words: dict[type[Model], str] = {User: "email"}
"""By which field rows of a table are named: those of parts with one key, and people."""
_heirs: dict[type[Model], Callable[[Any], Any]] = {}


def register(*parts: Part) -> None:
    for part in parts:
        _parts[part.name] = part
        if len(part.key) == 1:
            _words[part.model] = part.key[0]
        if part.heir:
            _heirs[part.model] = part.heir


def parts() -> list[Part]:
    """All of them, what is pointed at before what points."""
    return sorted(_parts.values(), key=lambda part: (part.place, part.name))


def part_of(model: type[Model] | str) -> Part | None:
    """The part that a table is, also by its label as the log of administration has it."""
    for part in _parts.values():
        if model in (part.model, part.model._meta.label_lower):
            return part
    return None


def named(row: Model) -> str:
    """By what a file names this row, or the one that took its place."""
    heir = _heirs.get(type(row))
    return str(getattr(heir(row) if heir else row, _words[type(row)]))


def find(model: type[Any], name: str) -> Any:
    """The row that a file names.

    Raises:
        Missing: there is none here.
    """
    found = model._default_manager.filter(**{_words[model]: name}).first()
    if found is None:
        raise Missing(
            _("There is no %(kind)s “%(name)s” here.")
            % {"kind": model._meta.verbose_name, "name": name}
        )
    return found


def read(own: "Field[Any, Any]", given: Any) -> Any:
    """A plain value as the field has it.

    Raises:
        InvalidInput: the field can't hold it.
    """
    if given is None and own.null:
        return None
    if isinstance(own, JSONField):
        return given
    try:
        return own.to_python(given)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field=own.name) from error


# By a form --------------------------------------------------------------------------------------------------


def by_form(part: Part, row: Model | None, values: Values, *, by: User) -> Model:
    """Write what the part's form takes, by its checks and those of the table, and note it in the log."""
    form_class = part.form or forms.modelform_factory(part.model, fields=part.fields)
    return save_form(part, form_class(form_data(values), instance=row), values, by=by)


def form_data(values: Values) -> Values:
    """The values as a form would have been sent them."""
    return {name: _sent(value) for name, value in values.items() if value is not None}


def save_form(part: Part, form: Any, values: Values, *, by: User) -> Model:
    """Save a form that was filled with the values, and note it.

    Raises:
        InvalidInput: with the form's own words.
    """
    is_new = form.instance.pk is None
    form.by = by
    before = {} if is_new else snapshot(part.model._base_manager.get(pk=form.instance.pk))
    for name, own in form.fields.items():
        if isinstance(own.widget, forms.Textarea) and str(values.get(name) or "").strip():
            own.strip = False  # a text comes back as it was written out, to its last line
    beside = [n for n in part.names if n not in form.fields and n not in part.columns]
    for name in beside:
        setattr(form.instance, name, values[name])
    refuse_invalid(form, beside)
    saved: Model = form.save()
    if getattr(form, "notes_itself", False):
        return saved
    if is_new:
        record_added(saved, by=by)
    else:
        record_changed(saved, by=by, before=before)
    return saved


def refuse_invalid(form: Any, beside: Collection[str] = ()) -> None:
    """Raise what a form says is wrong, as one refusal; also of fields beside it, which are set already."""
    if form.is_valid() and beside:
        unseen = [one.name for one in form.instance._meta.fields if one.name not in beside]
        try:
            form.instance.full_clean(exclude=unseen, validate_constraints=False)
        except ValidationError as error:
            raise InvalidInput(" ".join(error.messages)) from error
    if form.errors:
        name, said = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        words = " ".join(said)
        raise InvalidInput(f"{label}: {words}" if label else words, field=name)


def _sent(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list) and value and isinstance(value[0], Model):
        return [one.pk for one in value]
    return value


def admin_of(model: type[Model]) -> Any:
    """The table's page in administration, or nothing."""
    return admin.site._registry.get(model)
