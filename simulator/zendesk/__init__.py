"""The simulated company's helpdesk as Zendesk would serve it, on the loopback interface.

objects.py writes the log as Zendesk's objects, account.py is what an account holds and when it
changed, server.py speaks the protocol of Support and Talk.
"""
