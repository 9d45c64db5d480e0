"""What the benchmarks share: timing, sizes, goals, results, and ledgers to measure."""
