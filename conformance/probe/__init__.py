"""Client conformance: scripted Bayeux situations that grade whatever client connects to them.

A server can be tested by talking to it; a client has to be met by a server that misbehaves on
purpose. Each *situation* is such a server, on a path of its own; each *check* reads in the log of a
situation whether the client did what the specification asks. docs/client-conformance.md says how to
drive a client through them.
"""
