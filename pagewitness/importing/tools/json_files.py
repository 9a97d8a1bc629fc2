"""JSON of unknown origin, within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pagewitness.importing.tools.model import ExportError


def parse_json(content: bytes | str, source: str) -> Any:
    """Parse JSON.

    Raises:
        ExportError: It is no JSON.
    """
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise ExportError(f"{source}:{error.lineno}: this is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # no UTF-8, a number of more digits than Python converts, or nested too deep
        raise ExportError(f"{source}: this is no JSON that can be read") from None


def mapping_in(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_in(value: object) -> list[Any]:
    """Return a JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else []
