"""CPU time and memory from /proc: a process with all its descendants, and the whole machine."""

from __future__ import annotations

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def family(root: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, left = [], [root]
    while left:
        process = left.pop()
        found.append(process)
        left += children.get(process, [])
    return found


def seconds(root: int) -> float:
    """User and system time of a family, ended children included."""
    total = 0
    for process in family(root):
        fields = _stat(process)
        if fields:
            total += sum(int(field) for field in fields[11:13])
            # Children that ended while we look count for the parent that waited for them.
            total += sum(int(field) for field in fields[13:15])
    return total / TICK


def machine_seconds() -> float:
    """Busy time of all cores."""
    user, nice, system, _, _, irq, softirq, *rest = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICK


def memory(process: int) -> float:
    """Proportional set size, MB."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _stat(process: int) -> list[str] | None:
    """The fields of /proc/<process>/stat after the name."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def seconds_of_self() -> float:
    times = os.times()
    return times.user + times.system


def cores() -> int:
    return os.cpu_count() or 1
