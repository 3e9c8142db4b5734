"""Escalation: chains of steps that run by themselves where nobody takes, answers or solves a ticket in time.

`models` what administrators set up, `rules` the same as values, `planning` which step comes when, `deeds` what a step
does, `ticks` doing what is due, `soundness` what is refused when a chain is saved.
"""
