"""Benchmarks of the library, as ratios of two costs measured in the same run; see ``python -m benchmarks --help``.

Each figure is the median, with quartiles, of the ratios of several rounds. In a round, the library and what it is
compared with take turns, so that other work of the machine slows both. `subjects` has what is measured, `peers`
what the library is compared with: the limit (raw SQLite with the same pragmas), and what a user would pick instead
(one row for each certificate in SQLModel, or a hash chain of JSON lines). `harness` has the rest.
"""
