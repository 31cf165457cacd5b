"""Decides what is right and what has changed.

One half matches a message with what a scenario expects; the other compares two stories and says
what changed for whoever relies on the server. Both are pure: values in, findings out.
"""
