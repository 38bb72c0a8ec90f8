"""The simulated company's billing as Stripe would serve it, on the loopback interface.

objects.py writes the log as Stripe's objects, account.py is what an account holds and remembers,
server.py speaks the protocol. API version 2026-08-26.dahlia.
"""
