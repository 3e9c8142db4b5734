"""Tickets from another tool's export: CSV of any size, every row either in or refused with its line and why."""

from incidents.tickets.importing.meaning import FIELDS, Settings
from incidents.tickets.importing.reading import BrokenFile, Source
from incidents.tickets.importing.run import Counts, Refusal, Run

__all__ = ["FIELDS", "BrokenFile", "Counts", "Refusal", "Run", "Settings", "Source"]
