"""Imports that a library makes and this process never needs, put off until somebody does.

Great Expectations draws with altair and compares distributions with scipy, both in expectations
that no suite names, and a third of its import is theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class PutOff(ModuleType):
    """Stands for a module, and imports it when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        # Import machinery looks for names of this kind, and needs none of them.
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def put_off(*names: str) -> Iterator[None]:
    """Whoever imports these modules meanwhile gets stand-ins; afterwards everybody gets them."""
    mine = {name: PutOff(name) for name in names if name not in sys.modules}
    sys.modules.update(mine)
    try:
        yield
    finally:
        for name, module in mine.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
