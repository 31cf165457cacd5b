"""The demo: the whole road on the built-in reference server, for someone who has never seen it.

It is also the smallest complete user of every other room, so it doubles as an end-to-end test.
"""
