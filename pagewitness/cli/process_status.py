"""The section of `pagewitness status` about the service's processes, as the supervisor reports them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pagewitness.cli.output import render_cell

Service = Mapping[str, Any] | None
"""The supervisor's status (see `pagewitness.service.supervisor.Supervisor.status`); None if no supervisor answers on this machine."""


def service_lines(service: Service) -> list[tuple[str, str]]:
    """Return one line for the service and one for each of its processes, as name and text."""
    if service is None:
        return [("service", "not running on this machine, or for another user")]
    since = render_cell(str(service["since"])[:19].replace("T", " "))
    return [
        ("service", f"running since {since} UTC, process {service['pid']}"),
        *((f"  {render_cell(one['name'])}", _process(one)) for one in service["processes"]),
    ]


def service_needs(service: Service) -> list[str]:
    """Return the problems that prevent processes from working, or will if they continue."""
    return [] if service is None else [render_cell(problem) for problem in service["problems"]]


def _process(one: Mapping[str, Any]) -> str:
    parts = [str(one["state"])]
    if one["pid"] is not None:
        parts.append(f"process {one['pid']}")
    if one["memory_bytes"] is not None:
        parts.append(f"{one['memory_bytes'] / 1024**2:.0f} MiB")
    if one["snapshot"] is not None:
        parts.append(f"processes snapshot {one['snapshot']}")
    if one["restarts"]:
        times = "once" if one["restarts"] == 1 else f"{one['restarts']:,} times"
        parts.append(f"replaced {times}, last because {render_cell(one['last_end'])}")
    return ", ".join(parts)
