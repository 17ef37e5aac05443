"""Rows for tests, one module per floor; each makes a valid row with nothing but its defaults."""
