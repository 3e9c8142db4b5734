"""Tables in administration: opened by our permissions, every change logged in its own transaction."""

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from accounts.actions.record import record_added, record_changed, record_removed, snapshot
from accounts.administration import line_of
from accounts.errors import Refused
from accounts.http import UserRequest
from accounts.permissions import Permission
from accounts.slugs import free_slug

MOST_COUNTED = 10_000
ENDS = ("exact", "id__exact", "isnull", "gte", "lt", "year", "month", "day")
"""How the addresses end that filters make themselves."""


class CappedPaginator(Paginator):
    """Counts no further than anybody pages; what lies behind is found by filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class Rows(ChangeList):
    """Says "12 of …" only where something is left out, without counting what is."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.has_active_filters and not self.query:
            self.full_result_count = self.result_count


class OurPermissions:
    """Who may open and change this table: `permission` changes, `seen_with` and the audit read."""

    permission: Permission
    seen_with: tuple[Permission, ...] = ()

    def may_change(self, request: HttpRequest) -> bool:
        return bool(request.user.permits.anywhere(self.permission))  # type: ignore[union-attr]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        readers = (self.permission, *self.seen_with, Permission.AUDIT_READ)
        return bool(request.user.permits.anywhere(*readers))  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change(request)


def titled(title: str | Promise) -> type[RelatedFieldListFilter]:
    """A filter by another table under a title of its own."""

    class Titled(RelatedFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title  # type: ignore[assignment]

    return Titled


class OnlyChosen(BaseModelAdmin):
    """Rows of other tables are chosen in a form, not made or changed on the side."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        for aside in ("add", "change", "delete", "view"):
            if hasattr(widget, f"can_{aside}_related"):
                setattr(widget, f"can_{aside}_related", False)
        return field


class LoggedAdmin(OurPermissions, OnlyChosen, ModelAdmin):
    """A table whose every added, changed and removed row is noted with who, what, before and after.

    Rows with rules are changed by verbs, which note it themselves; all others by their form here.
    """

    actions = None
    list_before_template = "admin/_about.html"
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    warn_unsaved_form = True
    view_on_site = False

    # The log --------------------------------------------------------------------------------------

    def save_model(self, request: Any, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """Write only the fields that the form changed, so that nothing else can come in or be overwritten."""
        if not change:
            obj.save()
            return
        own = {field.name for field in obj._meta.concrete_fields}
        changed = [name for name in form.changed_data if name in own]
        stored = type(obj)._base_manager.select_for_update(no_key=True).get(pk=obj.pk)
        request.before = snapshot(stored)
        if changed:
            obj.save(update_fields=changed)

    def log_addition(self, request: UserRequest, obj: Model, message: Any) -> None:
        record_added(obj, by=request.user)

    def log_change(self, request: Any, obj: Model, message: Any) -> None:
        stored = type(obj)._base_manager.get(pk=obj.pk)
        record_changed(stored, by=request.user, before=request.before)

    def log_deletions(self, request: UserRequest, queryset: Any) -> list[Any]:
        for row in queryset:
            record_removed(row, by=request.user)
        return []

    def save_formset(
        self,
        request: UserRequest,
        form: ModelForm,
        formset: BaseModelFormSet,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        rows: Any = formset.model
        keys = [given.instance.pk for given in formset.initial_forms]
        stored = {row.pk: snapshot(row) for row in rows._base_manager.filter(pk__in=keys)}
        formset.save(commit=False)
        for row in formset.deleted_objects:
            record_removed(row, by=request.user, before=stored[row.pk])
            row.delete()
        for row, _names in formset.changed_objects:
            row.save()
            record_changed(row, by=request.user, before=stored[row.pk])
        for row in formset.new_objects:
            row.save()
            record_added(row, by=request.user)
        formset.save_m2m()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Every change as a difference, with the way back."""
        from accounts.views.history import history  # it asks this package, which is loaded by now

        if not self.has_view_permission(request):
            raise PermissionDenied
        return history(request, self.model, object_id)  # type: ignore[arg-type]

    # Forms and lists --------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A rule's "no" is shown on the form, with everything as it was typed; its changes were taken back."""
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            request.refusal = refusal
            response = super().changeform_view(request, object_id, form_url, extra_context)
            response.status_code = refusal.status
        else:
            if request.method == "POST" and response.status_code == 200:
                response.status_code = 422
        return response

    def get_form(
        self,
        request: Any,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: Refused | None = getattr(request, "refusal", None)
        if refusal is None:
            return form
        words = refusal.message

        class RefusedForm(form):  # type: ignore[valid-type, misc]
            def clean(self) -> None:
                super().clean()
                raise ValidationError(words)

        return RefusedForm

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        here = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        context = {"about": line_of(here), **(extra_context or {})}
        return super().changelist_view(request, context)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the page offers as a filter: any other would let readers guess hidden fields, letter by letter."""
        offered: list[Any] = [self.date_hierarchy]
        for item in self.list_filter:
            name = item[0] if isinstance(item, tuple) else item
            offered.append(getattr(name, "parameter_name", name))
        return any(
            lookup == name or lookup in {f"{name}__{end}" for end in ENDS} for name in offered
        )


class OwnPages(LoggedAdmin):
    """Pages of our own stand in for list and form of a table: nothing is changed here, and its addresses lead there."""

    pages: str
    """The name of the page in place of the list."""

    def page_of(self, key: str) -> str:
        """The address of the page in place of a row's form."""
        return reverse(self.pages)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse(self.pages))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(object_id))


class SluggedAdmin(LoggedAdmin):
    """Rows whose address is made from their name once, and then stays, since links hold it."""

    def save_model(self, request: Any, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if not change:
            obj.slug = free_slug(type(obj), obj.name)
        super().save_model(request, obj, form, change)
