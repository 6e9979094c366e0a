"""The public HTTP API. Imports no Reflex, so that it can be served alone."""
