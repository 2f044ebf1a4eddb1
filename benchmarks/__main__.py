"""make bench: what the wire and the lists of Settings cost.

    python -m benchmarks [--seconds 5] [--rounds 3] [--only opaque,jwt,introspect] [--sizes] [--quick]

µs is CPU time per request of the server's processes and PostgreSQL's together. A figure taken while other processes
used more than 10 % of the machine is marked ~ and is not quotable.
"""

from __future__ import annotations

import argparse

from benchmarks import house, pages, scale, wire


def main() -> None:
    options = arguments()
    size = scale.QUICK if options.quick else scale.FULL
    if options.quick:
        options.seconds, options.rounds = 0.2, 1
    with house.opened() as opened:
        import django

        django.setup()
        if not options.only.startswith("list"):
            world = wire.World(opened, size)
            if options.sizes:
                wire.at_three_sizes(world, options)
                return
            wire.table(world, options)
        if not options.only or options.only.startswith("list"):
            pages.table(opened, size, options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="words of the cases' names; the lists' begin with list")
    parser.add_argument("--sizes", action="store_true", help="measure again with 10, 1,000 and 100,000 companies")
    parser.add_argument("--largest", type=int, default=3, choices=(1, 2, 3), help="how many of the sizes")
    parser.add_argument("--quick", action="store_true", help="only to see that everything runs: no figure means much")
    return parser.parse_args()


main()
