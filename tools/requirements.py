"""Compiles requirements/*.in to *.txt: every version pinned with its hashes, for every platform, no addresses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bootstrap import ROOT, find_uv, run

OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet")


def main() -> None:
    for name in ("bootstrap", "production", "development", "node"):
        source, pinned = (ROOT / "requirements" / f"{name}.{suffix}" for suffix in ("in", "txt"))
        command = [find_uv(), "pip", "compile", *OPTIONS, "-p", "3.12", str(source), "-o", str(pinned), *sys.argv[1:]]
        run(command, f"{source.name} could not be compiled; the reason is above.")


if __name__ == "__main__":
    main()
