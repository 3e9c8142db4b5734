"""Single sign-on in administration: providers, and what their groups give."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from accounts import administration, policies
from accounts.actions.record import record_changed, snapshot
from accounts.administration.logged import OnlyChosen, OurPermissions
from accounts.administration.proof import ProvedAdmin
from accounts.audit.opened import shows_people
from accounts.errors import Refused
from accounts.models import Team
from accounts.permissions import Permission
from accounts.sealed import marked
from accounts.slugs import free_slug
from accounts.sso import admin_views, identity_views
from accounts.sso.actions.set_up import require_fit
from accounts.sso.models import GroupRule, Provider

P, K = Permission, Provider.Kind
OF_KIND = {
    K.OIDC: ["issuer", "client_id", "secret", "scopes"],
    K.SAML: ["metadata", "issuer", "address", "certificates"],
    K.LDAP: ["address", "certificates", "client_id", "secret", "base", "login_attribute"],
}
CLAIMS = ["subject_claim", "email_claim", "name_claim", "groups_claim"]
LABELS = {
    K.OIDC: {"issuer": gettext_lazy("Issuer"), "client_id": gettext_lazy("Client ID"), "secret": gettext_lazy("Client secret")},
    K.SAML: {"issuer": gettext_lazy("Entity ID"), "address": gettext_lazy("Sign-in address (SSO)")},
    K.LDAP: {
        "address": gettext_lazy("Server"), "client_id": gettext_lazy("Searches as"), "secret": gettext_lazy("Its password"),
        "certificates": gettext_lazy("Authority"),
    },
}  # fmt: skip


HELP = {
    K.OIDC: {"client_id": gettext_lazy("What this portal is called there.")},
    K.SAML: {
        "address": gettext_lazy("Where the provider begins a sign-in, by redirect."),
        "certificates": gettext_lazy("Those that sign there, as PEM; more than one while they change."),
        "subject_claim": gettext_lazy("Empty: the NameID, which must be one that stays (persistent)."),
    },
    K.LDAP: {
        "address": gettext_lazy("ldaps://directory.example.com, or ldap:// for STARTTLS. Never in clear."),
        "client_id": gettext_lazy("The name (DN) that may search. Empty: nobody in particular."),
        "certificates": gettext_lazy("Of who signed the server’s certificate, as PEM, where this machine does not know them."),
        "subject_claim": gettext_lazy("What is never given to somebody else. Empty: entryUUID; Active Directory has objectGUID."),
        "groups_claim": gettext_lazy("Empty: memberOf. With member, uniqueMember or memberUid, groups are asked for their members."),
    },
}  # fmt: skip
EMPTY = {"department": gettext_lazy("None"), "language": gettext_lazy("As their browser says")}
"""What the choice of nothing means, by field."""
AFEW = ("domains", "second_factor_values", "certificates")


class ProviderForm(forms.ModelForm):
    """A secret that is left empty stays as it is; metadata fills what it says."""

    metadata = forms.CharField(
        label=gettext_lazy("Metadata"), required=False, strip=False,
        help_text=gettext_lazy("Paste the provider’s metadata (XML) to fill in the fields below."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip

    class Meta:
        model = Provider
        fields = "__all__"  # noqa: DJ007 (the page's fieldsets name them)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "secret" in self.fields:
            self.fields["secret"].widget = UnfoldAdminPasswordWidget(
                attrs={"autocomplete": "new-password"}
            )
            if self.instance.secret:
                self.fields["secret"].help_text = _("One is set. Leave this empty to keep it.")
        if self.initial.get("issuer") == self.instance.not_named_yet:
            self.initial["issuer"] = ""
        for name, words in EMPTY.items():
            field: Any = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = str(words)
            elif field:
                field.choices = [("", words), *list(field.choices)[1:]]
        for name in AFEW:
            if name in self.fields:
                self.fields[name].widget = UnfoldAdminTextareaWidget(
                    attrs={"rows": 3, "spellcheck": "false"}
                )
        for name, words in HELP.get(self.instance.kind, {}).items():
            if name in self.fields:
                self.fields[name].help_text = words  # type: ignore[assignment]
        for name, words in LABELS.get(self.instance.kind, {}).items():
            if name in self.fields:
                self.fields[name].label = words  # type: ignore[assignment]

    def clean_secret(self) -> str:
        return str(self.cleaned_data["secret"] or self.instance.secret)

    def clean_issuer(self) -> str:
        return str(self.cleaned_data["issuer"] or self.instance.not_named_yet)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if text := self.cleaned_data.get("metadata"):
            from accounts.sso.saml import read_metadata

            try:
                self.cleaned_data.update(read_metadata(text))
            except Refused as refusal:
                self.add_error("metadata", refusal.message)
            for name in ("issuer", "address", "certificates"):
                self.errors.pop(name, None)
        return self.cleaned_data

    def _post_clean(self) -> None:
        before = Provider.objects.filter(pk=self.instance.pk).first()
        super()._post_clean()  # type: ignore[misc]  # Django's, without types
        if before and before.secret and self.instance.goes_elsewhere(before) and "secret" in self.fields and not self.data.get(self.add_prefix("secret")):  # fmt: skip
            self.add_error("secret", _("It would go to another server: enter it anew."))


class RuleInline(OurPermissions, OnlyChosen, TabularInline):
    """Roles are given here in the end, so by whoever manages roles."""

    model = GroupRule
    permission = P.ROLES_MANAGE
    seen_with = (P.CHANNELS_MANAGE,)
    extra = 0
    fields = ["group", "role", "team", "is_on"]
    verbose_name = gettext_lazy("group")
    verbose_name_plural = gettext_lazy("what groups give")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "team" and field:
            field.queryset = Team.objects.filter(is_retired=False)
            field.empty_label = _("Everywhere")
        return field


@admin.register(Provider)
class ProviderAdmin(ProvedAdmin):
    permission = P.CHANNELS_MANAGE
    seen_with = (P.ROLES_MANAGE,)
    form = ProviderForm
    list_display = ["name", "kind", "is_on", "trouble"]
    change_form_outer_before_template = "admin/sso/_tools.html"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Who manages roles comes here for what groups give; every other field is then read-only."""
        return self.may_change(request) or request.user.permits.anywhere(P.ROLES_MANAGE)  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only one that nobody signed in by; others are switched off. One that is on only by who may switch it off."""
        used = obj and SocialAccount.objects.filter(provider=obj.issuer).exists()
        return self.may_change(request) and not used and not _is_others(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [RuleInline] if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj and not self.may_change(request):
            return [
                name
                for _title, said in self._fieldsets(obj)
                for name in _flat(said["fields"])
                if name != "metadata"
            ]
        return ["kind"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            words = _("Its addresses and keys come next. It is off until you switch it on.")
            return [(None, {"fields": ["kind", "name"], "description": words})]
        shown = self._fieldsets(obj)
        if not self.may_change(request):
            for _title, said in shown:
                said["fields"] = [
                    one for one in said["fields"] if one not in ("metadata", "secret")
                ]
        return shown

    def _fieldsets(self, obj: Provider) -> list[Any]:
        people = [
            "trusts_addresses",
            "links_by_address",
            "makes_accounts",
            "domains",
            "is_required",
            ("department", "language"),
        ]
        more = (
            ["deactivates"]
            if obj.kind == K.LDAP
            else ["trusts_second_factor", "second_factor_values"]
        )
        return [
            (None, {"fields": [("name", "kind"), "is_on"]}),
            (_("Where it is"), {"fields": list(OF_KIND[K(obj.kind)])}),
            (_("Whose word counts, and for what"), {"fields": [*people, *more]}),
            (
                _("How it names things"),
                {
                    "fields": [("subject_claim", "email_claim"), ("name_claim", "groups_claim")] if obj.kind != K.OIDC
                    else [("email_claim", "name_claim"), "groups_claim"],
                    "description": _("Leave empty what this kind of provider usually calls them."),
                },
            ),
        ]  # fmt: skip

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if not change:
            obj.slug = free_slug(Provider, obj.name)
            obj.issuer = f"ldap:{obj.slug}" if obj.kind == K.LDAP else obj.not_named_yet
            require_fit(obj, before=None, by=request.user)
            obj.save()
            return
        stored = Provider.objects.select_for_update(no_key=True).get(pk=obj.pk)
        request.before = noted(stored)
        if not self.may_change(request):
            return
        for name in ("issuer", "address", "certificates"):
            if name in form.cleaned_data:
                setattr(obj, name, form.cleaned_data[name])
        if any(
            getattr(obj, one.attname) != getattr(stored, one.attname)
            for one in Provider._meta.concrete_fields
        ):
            require_fit(obj, before=stored, by=request.user)
            obj.save()

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To its addresses and keys, which come next."""
        return HttpResponseRedirect(reverse("admin:sso_provider_change", args=[obj.pk]))

    def log_change(self, request: Any, obj: Any, message: Any) -> None:
        stored = Provider.objects.get(pk=obj.pk)
        record_changed(stored, by=request.user, before=request.before, after=noted(stored))

    def get_urls(self) -> list[Any]:
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"sso_provider_{name}")
            for name, view in (("trial", admin_views.trial), ("preview", admin_views.preview))
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: Any,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = Provider.objects.filter(pk=object_id).first() if object_id.isdigit() else None
        more: dict[str, Any] = {}
        if row:
            may = self.may_change(request)
            more = {"ours": addresses(request, row), "may_try": may, "is_others": may and _is_others(request, row)}  # fmt: skip
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    @admin.display(description=gettext_lazy("trouble"))
    def trouble(self, row: Provider) -> str:
        return row.last_trouble or "-"


def _is_others(request: HttpRequest, row: Provider | None) -> bool:
    """It is on, and this person does not manage roles."""
    return bool(row and row.is_on and not policies.can_manage_roles(request.user))  # type: ignore[arg-type]


def noted(row: Provider) -> dict[str, Any]:
    """For the log, with whether the secret is another one than before."""
    return {**snapshot(row), "secret": marked(row.secret)}


def addresses(request: HttpRequest, row: Provider) -> list[tuple[str, str]]:
    """What has to be typed there."""

    def whole(name: str) -> str:
        return request.build_absolute_uri(reverse(f"sso:{name}", args=[row.slug]))

    if row.kind == K.OIDC:
        return [(_("Redirect address"), whole("callback"))]
    if row.kind == K.SAML:
        return [
            (_("Entity ID, and where our metadata is"), whole("metadata")),
            (_("Where answers go (ACS)"), whole("acs")),
        ]
    return []


def _flat(fields: Any) -> list[str]:
    return [name for one in fields for name in ([one] if isinstance(one, str) else one)]


administration.serve("identities/", identity_views.identities, "identities")
administration.serve("identities/<int:pk>/unlinking/", identity_views.identity_unlink, "identity-unlink")  # fmt: skip
shows_people("identities", "identity-unlink")
administration.offer(
    administration.Page(
        17, gettext_lazy("Linked sign-ins"), gettext_lazy("Which identity elsewhere opens whose account, and taking one off."),
        "link", "admin:identities", (P.PEOPLE_MANAGE,), gettext_lazy("People and rights"),
    ),
    administration.Page(
        79, gettext_lazy("Single sign-on"), gettext_lazy("Who else says who people are, and which roles their groups give."),
        "passkey", "admin:sso_provider_changelist", (P.CHANNELS_MANAGE, P.ROLES_MANAGE), gettext_lazy("Channels"),
    ),
)  # fmt: skip
