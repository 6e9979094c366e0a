"""The crash test: load, `kill -9` at random moments, restart, compare what was told with what is.

`make crash` runs 200 rounds, the test suite a few; docs/reliability.md tells what it proves.
"""
