"""Benches: `script/bench NAME [--quick]` runs bench/NAME.py; each ends with one line of JSON (see bench/_report.py)."""
