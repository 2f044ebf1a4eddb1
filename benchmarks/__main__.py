"""make bench: what the wire and the lists of Settings cost.

    python -m benchmarks [--seconds 5] [--rounds 3] [--only opaque,jwt,introspect] [--sizes]

µs is CPU time per request of the server's processes and PostgreSQL's together. A figure taken while other processes
used more than 10 % of the machine is marked ~ and is not quotable.
"""

from __future__ import annotations

import argparse

from benchmarks import house, pages, wire


def main() -> None:
    options = arguments()
    with house.opened() as opened:
        import django

        django.setup()
        if options.sizes:
            wire.at_three_sizes(wire.World(opened), options)
            return
        if not options.only.startswith("list"):
            wire.table(wire.World(opened), options)
        if not options.only or options.only.startswith("list"):
            pages.table(opened, options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="words of the cases' names; the lists' begin with list")
    parser.add_argument("--sizes", action="store_true", help="measure again with 10, 1,000 and 100,000 companies")
    parser.add_argument("--largest", type=int, default=3, choices=(1, 2, 3), help="how many of the sizes")
    return parser.parse_args()


main()
