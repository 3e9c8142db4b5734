"""What can be wrong with a mail server, by the step at which it shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class About(models.TextChoices):
    """In the order of the steps of a connection: whatever stands before one that fails is in order."""

    NAME = "name", _("The server’s name")
    REACH = "reach", _("The connection")
    CERTIFICATE = "certificate", _("Encryption and certificate")
    LOGIN = "login", _("Signing in")
    FOLDER = "folder", _("The folder")
    MOVES_TO = "moves_to", _("The folder to move to")
    ANSWER = "answer", _("The server’s answers")
    STORING = "storing", _("Storing mail here")


SAYS = {
    About.NAME: _("No server of this name is known."),
    About.REACH: _("The server does not answer at this port, or the connection broke off."),
    About.CERTIFICATE: _("The connection can’t be trusted, so neither password nor mail went over it."),
    About.LOGIN: _("The server does not take this user name and password."),
    About.FOLDER: _("There is no such folder, or it may not be changed."),
    About.MOVES_TO: _("Mail can’t be moved there. Is there a folder of this name?"),
    About.ANSWER: _("The server answers what no mail server should."),
    About.STORING: _("The portal could not store mail. It stays on the server."),
}  # fmt: skip


class Trouble(Exception):
    """A mail server, or our way to it, is not in order."""

    def __init__(self, about: About, detail: str = "") -> None:
        super().__init__(f"{about.value}: {detail}")
        self.about = about
        self.detail = detail
