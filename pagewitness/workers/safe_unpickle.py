"""Unpickles the answers of worker processes through an allow-list: a worker processes external bytes and may be compromised by them."""

from __future__ import annotations

import io
import pickle
from enum import Enum
from typing import Any

from monitor import model


def load_answer(answer: bytes, result: tuple[str, str]) -> Any:
    """Return the value of an answer.

    Args:
        answer: A pickle.
        result: Module and name of the only type allowed besides the types of `monitor.model`.

    Raises:
        pickle.UnpicklingError: The answer is not a valid pickle, or refers to another type.
    """
    try:
        return _Values(io.BytesIO(answer), result).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:
        raise pickle.UnpicklingError(f"the worker answered with what is no pickle ({type(error).__name__})") from error


class _Values(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, result: tuple[str, str]) -> None:
        super().__init__(stream)
        self._result = result

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _enum_member
        if (module.startswith("monitor.model.") and name in model.__all__) or (module, name) == self._result:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the worker answered with a {module}.{name}")


def _enum_member(kind: Any, name: Any) -> Enum:
    """Return an Enum member, which the first releases of Python 3.11 pickle as an attribute. No other attribute is allowed."""
    if isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__:
        return kind[name]
    raise pickle.UnpicklingError("the worker answered with an attribute")
