"""YAML of unknown origin: documents with their lines, without objects of Python, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from monitor.limits import cut
from pagewitness.importing.tools.model import ExportError
from pagewitness.validation_messages import escaped_line

MAX_CHARACTERS = 4_000_000
"""Maximum length of a file: the parser reads less than a megabyte a second."""
MAX_DOCUMENTS = 100_000
_MAX_PAIRS = 1_000
"""Maximum number of keys of a mapping with those that it merges ("<<"): each level of merging can double them."""
_MAX_ALIASES = 10_000
_MAX_EXPANDED = 2 * MAX_CHARACTERS
"""Maximum size of a document with aliases, in characters and values, if each alias is written out: each level of aliases can multiply it."""
_LONGEST_FAULT = 200


class _Loader(yaml.SafeLoader):
    """A safe loader that limits aliases, what they expand to, and merged mappings."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._aliases = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
            if self._aliases > _MAX_ALIASES:
                raise yaml.YAMLError(f"it has more than {_MAX_ALIASES:,} aliases")
        return super().compose_node(parent, index)

    def compose_document(self) -> Any:
        node = super().compose_document()
        if self._aliases and _expanded(node, {}) > _MAX_EXPANDED:
            raise yaml.YAMLError(f"its aliases expand to more than {_MAX_EXPANDED:,} characters")
        return node

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MAX_PAIRS:
            raise yaml.YAMLError(f"a mapping has more than {_MAX_PAIRS:,} keys")


def documents(text: str, source: str) -> Iterator[tuple[int, Any]]:
    """Yield each document with its line, from 1.

    Raises:
        ExportError: The text is no YAML, or exceeds the bounds.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExportError(f"{source}: it has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    try:
        loader = _Loader(text)
        for _ in range(MAX_DOCUMENTS):
            if not loader.check_node():
                return
            node = loader.get_node()
            if node is not None:
                yield node.start_mark.line + 1, loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f":{error.problem_mark.line + 1}"
        raise ExportError(_fault(f"{source}{line}", error.problem or "")) from None
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        raise ExportError(_fault(source, str(error))) from None
    except RecursionError:
        raise ExportError(_fault(source, "it is nested too deep")) from None
    raise ExportError(f"{source}: it has more than {MAX_DOCUMENTS:,} documents")


def _expanded(node: Any, sizes: dict[int, int]) -> int:
    """Return the size of a node with all aliases written out. A node within itself counts once."""
    if id(node) not in sizes:
        sizes[id(node)] = 0
        if isinstance(node, yaml.MappingNode):
            inner = sum(_expanded(part, sizes) for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            inner = sum(_expanded(part, sizes) for part in node.value)
        else:
            inner = len(node.value)
        sizes[id(node)] = 1 + inner
    return sizes[id(node)]


def _fault(place: str, message: str) -> str:
    return escaped_line(f"{place}: this is not YAML that can be read: {cut(' '.join(message.split()), _LONGEST_FAULT)}")
