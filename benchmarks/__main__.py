"""make bench."""

from benchmarks.wire import main

main()
