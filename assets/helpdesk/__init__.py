"""Vendors of helpdesks, one folder each; docs/decisions/sources.md describes its shape."""
