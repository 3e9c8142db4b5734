"""What administrators do to workflows. Whatever touches tickets, too, is a verb of `incidents.tickets.actions`."""

from incidents.workflow.actions.workflows import (
    add_workflow,
    restore_workflow,
    retire_workflow,
    write,
)

__all__ = ["add_workflow", "restore_workflow", "retire_workflow", "write"]
