"""A simulated subscription business that knows its own truth.

What belongs here: the seeded log of what happened (`generate`), the contract files it is delivered
as (`files`, `mess`) and the figures a careful reader would compute from that log (`truth`).
What does not: anything of the warehouse. Nothing here imports models, pipelines or assets, so that
the truth is a second way to every figure and not the same way twice.
"""
