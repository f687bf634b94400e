"""`shapecalc devices`."""

from __future__ import annotations

import sys

import click

from shapecalc.cli import options, usage


@usage.command("devices")
@click.argument("device", required=False, callback=options.read_device, metavar="[DEVICE]")
@options.output_format("full", "json", "markdown", "csv")
def command(device: object, output_format: str) -> int:
    """List the devices that `--device` knows, or what is known of one.

    Memory is what a device has: GB of data sheets are taken as GiB, and what its driver keeps is not taken off. Rates
    are the peak of dense products, in TFLOPS.

    \b
    Examples:
      shapecalc devices
      shapecalc devices h100-80g
      shapecalc devices --output-format csv
    """
    from shapecalc.analysis.devices import DEVICES, Device
    from shapecalc.render import devices as shown

    listed = [device] if isinstance(device, Device) else list(DEVICES.values())
    if output_format == "json":
        sys.stdout.write(shown.devices_json(listed, ()))
    elif output_format == "csv":
        sys.stdout.write(shown.devices_csv(listed))
    elif output_format == "markdown":
        sys.stdout.write(shown.devices_markdown(listed))
    elif isinstance(device, Device):
        sys.stdout.write(shown.device_page(device))
    else:
        from shapecalc.cli.session import output_terminal

        sys.stdout.write(shown.devices_table(listed, output_terminal()))
    return 0
