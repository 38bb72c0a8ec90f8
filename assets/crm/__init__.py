"""Vendors of customer records, one folder each; docs/decisions/sources.md describes its shape."""
