"""What every vendor's API shares: requests, limits, retries, pages, envelopes and cursors.

docs/decisions/sources.md says why it is as it is. What belongs here is what a second vendor needs
too; what does not: the streams, paging parameters and error bodies of any one of them.
"""
