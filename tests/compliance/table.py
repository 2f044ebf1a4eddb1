"""The compliance table: what we claim (claims.csv), which test proves it (the rfc markers), rendered to
docs/compliance.md by `python -m tests.compliance.table`."""

from __future__ import annotations

import ast
import csv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "compliance.md"
CLAIMS = Path(__file__).with_name("claims.csv")

HEAD = """# Compliance

Made from the tests by `python -m tests.compliance.table`; a test keeps it in step. Each line is a requirement
we claim to meet and the test that proves it. Row names (CA-01 …) are those of our protocol table.
"""


@dataclass(frozen=True, order=True)
class Proof:
    """One rfc marker: specification, section, claim (a row name or words) and the test that carries it."""

    spec: str
    section: str
    claim: str
    test: str


def claims() -> dict[str, dict[str, str]]:
    with CLAIMS.open(newline="", encoding="utf-8") as file:
        return {line["row"]: line for line in csv.DictReader(file)}


def proofs() -> list[Proof]:
    found: set[Proof] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test"):
                continue
            for decorator in function.decorator_list:
                found.update(
                    Proof(*marker, f"{path.relative_to(ROOT)}::{function.name}") for marker in markers(decorator)
                )
    return sorted(found)


def markers(node: ast.AST) -> list[tuple[str, str, str]]:
    """The (spec, section, claim) of every `pytest.mark.rfc(…)` below a node, parametrised ones included."""
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "rfc"]
    return [tuple(str(ast.literal_eval(argument)) for argument in call.args[:3]) for call in named]  # type: ignore[misc]


def render() -> str:
    known, proven = claims(), proofs()
    lines = [HEAD, "| row | what is asked | what is answered | source | test |", "|---|---|---|---|---|"]
    for row, claim in known.items():
        tests = ", ".join(f"`{proof.test}`" for proof in proven if proof.claim == row)
        lines.append(f"| {row} | {claim['request']} | {claim['expected']} | {claim['source']} | {tests} |")
    lines += ["", "## Further requirements with a test", "", "| source | claim | test |", "|---|---|---|"]
    lines += [
        f"| {proof.spec} §{proof.section} | {proof.claim} | `{proof.test}` |"
        for proof in proven
        if proof.claim not in known
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
