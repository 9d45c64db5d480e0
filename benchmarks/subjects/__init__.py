"""What is measured: one module for each subject, all listed in `benchmarks.registry`."""
