"""Whether a body has the shape of a real one."""

from __future__ import annotations

import re
from typing import Any

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def misfits(real: Any, ours: Any, at: str = "") -> list[str]:
    """Where our body lacks a key of the real one, or has another kind of value there."""
    if isinstance(real, dict) and isinstance(ours, dict):
        found = [f"{at}.{name} is missing" for name in real.keys() - ours.keys()]
        return found + [
            told for name in real.keys() & ours.keys()
            for told in misfits(real[name], ours[name], f"{at}.{name}")
        ]  # fmt: skip
    if isinstance(real, list) and isinstance(ours, list):
        first = zip(real[:1], ours[:1], strict=False)
        return [told for one, item in first for told in misfits(one, item, f"{at}[]")]
    if isinstance(real, str) and isinstance(ours, str):
        is_time = bool(ISO.fullmatch(real))
        return [] if is_time == bool(ISO.fullmatch(ours)) else [f"{at} is a time in one alone"]
    same = type(real) is type(ours) or real is None or ours is None
    return [] if same else [f"{at} is {type(ours).__name__}"]
