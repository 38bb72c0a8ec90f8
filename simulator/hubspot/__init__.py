"""The simulated company's CRM as HubSpot would serve it, on the loopback interface.

objects.py writes the log as HubSpot's objects, portal.py is what an account holds and remembers,
server.py speaks the protocol: CRM API v3, associations v4.
"""
