"""What developers run: the lint of SQL and the generated pages; no production module imports it."""
