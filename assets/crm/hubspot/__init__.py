"""HubSpot as a source.

streams.py declares what is read, reading.py in which order, objects.py, links.py and lists.py how
each kind of stream is paged, options.py its section of sources.toml, access.py what the token
reaches, assets.py what Dagster sees.
"""
