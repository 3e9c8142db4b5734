"""What somebody says about a macro; its steps are filled in with the forms of their acts."""

from django.utils.translation import gettext_lazy as _

from incidents.desk.models import Macro
from incidents.desk.sharing import SharedForm


class MacroForm(SharedForm):
    class Meta:
        model = Macro
        fields = ("name", "description", "scope", "team")
        error_messages = {"name": {"required": _("Give the macro a name.")}}
