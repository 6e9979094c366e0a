"""The database: tables, the engine, the writer, and plain query functions, one module a noun."""
