"""The European Central Bank's reference rates as a source.

client.py fetches the published file, rates.py reads it and refuses what is no table of rates,
loading.py lands what is new in raw_ecb.fx_rates, assets.py is what Dagster sees.
"""
