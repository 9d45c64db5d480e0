"""Benchmarks: what the library costs, as ratios taken in one run; see ``python -m benchmarks --help``.

Every figure is taken in turns with what it is compared to, so that a busy moment of the machine meets both,
repeated, and given as the median of the rounds' ratios with its quartiles. It is compared with the limit (raw
SQLite with the same pragmas, `hashlib` over the same bytes, a primary-key seek, a bare commit), and with what a
user would pick instead: a row a certificate in SQLModel (`bundle_peer`), a hash chain of JSON lines (`chain_peer`).
"""
