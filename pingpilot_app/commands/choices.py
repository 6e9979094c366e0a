"""What arguments of the command line can be."""

import click

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan

CHANNEL = click.Choice([channel.value for channel in Channel])
PLAN = click.Choice([plan.value for plan in Plan], case_sensitive=False)
