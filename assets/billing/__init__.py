"""Vendors of billing, one folder each; docs/decisions/sources.md describes its shape."""
