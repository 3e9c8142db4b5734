"""Forms beside the category tree."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import Team
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category
from incidents.workflow import rulebook

ICONS = {
    "tag": _("Label"),
    "key-round": _("Key"),
    "wifi": _("Wi-Fi"),
    "network": _("Network"),
    "laptop": _("Laptop"),
    "smartphone": _("Mobile"),
    "phone": _("Phone"),
    "printer": _("Printer"),
    "hard-drive": _("Drive"),
    "server": _("Server"),
    "mail": _("Mail"),
    "app-window": _("App"),
    "globe": _("Web"),
    "shield": _("Security"),
    "building-2": _("Building"),
    "user": _("Person"),
    "circle-plus": _("Order"),
    "message-square": _("Speech"),
}


class CategoryForm(forms.ModelForm):
    """What employees read of a category, and who gets its tickets."""

    class Meta:
        model = Category
        fields = ["name", "description", "icon", "default_team", "type", "is_confidential"]
        labels = {"name": _("Name employees see"), "description": _("Hint under the name")}
        help_texts = {"name": _("Plain words, no product names.")}
        widgets = {
            "name": UnfoldAdminTextInputWidget(),
            "description": UnfoldAdminTextInputWidget(),
            "default_team": UnfoldAdminSelectWidget(),
            "is_confidential": UnfoldBooleanSwitchWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = dict(ICONS)
        if self.instance.icon:
            offered.setdefault(self.instance.icon, self.instance.icon)
        self.fields["icon"] = forms.ChoiceField(
            label=_("Icon"), choices=offered.items(), widget=UnfoldAdminSelectWidget()
        )
        types = rulebook.types(even_retired=True)
        self.fields["type"] = forms.ChoiceField(
            label=_("New tickets are"),
            required=False,
            choices=[
                ("", _("As the category above")),
                *(
                    (one.slug, one.label)
                    for one in types
                    if not one.is_retired or one.slug == self.instance.type
                ),
            ],
            widget=UnfoldAdminSelectWidget(),
        )
        team: Any = self.fields["default_team"]
        team.label = _("Goes to team")
        team.empty_label = _("As the category above")
        team.queryset = Team.objects.filter(is_retired=False)


class PlaceForm(forms.Form):
    """Another category of the tree, shown by its path."""

    place = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, widget=UnfoldAdminSelectWidget()
    )

    def __init__(
        self, data: Any = None, *, tree: Tree, category: Category, empty: Any, required: bool
    ) -> None:
        super().__init__(data, auto_id=f"id_{'into' if required else 'under'}_%s")
        place: Any = self.fields["place"]
        place.required = required
        place.label = empty
        place.choices = [("", empty)] + [
            (node.category.pk, tree.label(node.category))
            for _depth, node in tree.walk()
            if not node.category.is_retired and not tree.is_below(node.category, category)
        ]
