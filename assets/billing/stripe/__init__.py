"""Stripe as a source.

streams.py declares what is read, reading.py how Stripe pages and tells of changes, options.py its
section of sources.toml, access.py what the key reaches, assets.py what Dagster sees.
"""
