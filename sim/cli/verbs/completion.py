"""``gtm completion bash|zsh|fish`` prints the completion script of a shell."""

from __future__ import annotations

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, given

SHELLS = ("bash", "zsh", "fish")

NO_SPACE = (
    "COMPREPLY+=($value)",
    "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace",
)
"""In bash no space follows a key, whose value comes next; other scripts have no such line."""


@click.command()
@given(1, 1, choices=lambda: SHELLS)
@click.pass_context
def command(ctx: click.Context, given: Given) -> None:
    """Print the script."""
    from click.shell_completion import get_completion_class

    (shell,) = given.names
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise not_allowed("completion", shell, SHELLS)
    root = ctx.find_root()
    name = str(root.info_name)
    script = kind(root.command, {}, name, f"_{name.upper()}_COMPLETE").source()
    print(script.replace(*NO_SPACE))
