"""Options that several commands have in common: the same everywhere."""

import click
import pytest

from mcsip.cli import demo, load, run, serve


@pytest.mark.parametrize("command", [demo.command, load.command, run.command, serve.command])
def test_the_transport_is_one_of_three_and_the_topology_has_its_own(command: click.Command) -> None:
    (option,) = [each for each in command.params if "--transport" in each.opts]
    context = click.Context(command)
    assert option.process_value(context, None) is None
    for name in ("udp", "tcp", "tls"):
        assert option.process_value(context, name) == name
    with pytest.raises(click.BadParameter):
        option.process_value(context, "sctp")
