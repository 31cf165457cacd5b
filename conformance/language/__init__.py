"""The scenario language: what a person writes in YAML, read into values that a runner acts out.

Everything that can be known to be wrong before a target is touched is found here, with the line it
stands on: a scenario that is judged to be sound either passes or fails because of the target.
"""
