"""The black-box conformance suite of Bayeux 1.0: it needs of a server no more than its URL.

It speaks to a server with a driver of its own, by hand, because a client that keeps the rules
could not send what breaks them. Each check traces to lines of the specification
(``schemas/bayeux``); what the specification leaves open is accepted either way.
"""
