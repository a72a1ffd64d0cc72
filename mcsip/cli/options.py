"""Options that several commands have in common."""

import click

transport_option = click.option(
    "-t",
    "--transport",
    type=click.Choice(["udp", "tcp", "tls"]),
    help="Instead of the topology's; nodes that name their own keep it.",
)
"""The transport of every hop, instead of the topology's."""
