"""The market model: its state, the week as a table of phases, and runs that can branch."""
