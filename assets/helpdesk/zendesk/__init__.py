"""Zendesk as a source: Support, its ratings, schedules and SLA policies, and the calls of Talk.

streams.py declares what is read, paging.py how Zendesk pages, reading.py what a run reads,
options.py its section of sources.toml, access.py what the credentials reach, assets.py what
Dagster sees.
"""
