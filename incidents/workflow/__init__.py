"""How incidents are handled: types, the workflow of each, the matrix of priorities. Below tickets, which ask here."""
