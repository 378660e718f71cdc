"""Reads what a child answers, without trusting it: a decoder that was taken over must not reach the parent.

A plain unpickler calls whatever the pickle names. This one makes only the standard library's plain values, built-in
exceptions, and exceptions, named tuples and dataclasses of the package whose function was called.
"""

import builtins
import dataclasses
import io
import pickle
import sys
from typing import cast

_PLAIN = {
    "builtins": {"bytearray", "complex", "frozenset", "range", "set", "slice"},
    "collections": {"Counter", "OrderedDict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "uuid": {"UUID"},
}


class _Reader(pickle.Unpickler):
    def __init__(self, answer: bytes, asked: str) -> None:
        super().__init__(io.BytesIO(answer))
        self._asked = asked

    def find_class(self, module_name: str, name: str) -> object:
        # Only what is loaded and stands at its module's top level: nothing is imported, no dots are followed.
        found = getattr(sys.modules.get(module_name), name, None)
        if isinstance(found, type) and found.__module__ == module_name and self._is_allowed(found):
            return found
        message = f"a child may not answer with {module_name}.{name}"
        raise pickle.UnpicklingError(message)

    def _is_allowed(self, found: type) -> bool:
        module_name = found.__module__
        if module_name == builtins.__name__ and issubclass(found, Exception):
            return True
        if found.__name__ in _PLAIN.get(module_name, ()):
            return True
        named_tuple = issubclass(found, tuple) and hasattr(found, "_fields")
        is_value = named_tuple or issubclass(found, Exception) or dataclasses.is_dataclass(found)
        return is_value and (module_name == self._asked or _package(module_name) == _package(self._asked) != "")


def _package(module_name: str) -> str:
    return module_name.rpartition(".")[0]


def read(answer: bytes, asked: str) -> tuple[str, object]:
    """The outcome and its value; `asked` is the name of the module whose function was called.

    Raises:
        pickle.UnpicklingError: it is no answer, or holds what a child may not make.
    """
    try:
        outcome, value = cast("tuple[object, object]", _Reader(answer, asked).load())
    except Exception as error:
        message = "the answer cannot be read"
        raise pickle.UnpicklingError(message) from error
    return str(outcome), value
