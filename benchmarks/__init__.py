"""Speed, measured: `make bench` runs all of it and prints Markdown for docs/benchmarks.md."""
