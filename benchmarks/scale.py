"""How much there is of everything."""

from __future__ import annotations

from typing import NamedTuple


class Scale(NamedTuple):
    """`companies` beside the one whose lists have `rows` rows each; `used_up` codes and refresh tokens to spend;
    `sizes` are companies and live tokens."""

    companies: int
    rows: int
    used_up: int
    sizes: tuple[tuple[int, int], ...]


FULL = Scale(100_000, 1_000, 20_000, ((10, 1_000), (1_000, 100_000), (100_000, 10_000_000)))
QUICK = Scale(20, 30, 3_000, ((10, 100), (20, 200), (30, 300)))
