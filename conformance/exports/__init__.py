"""The documented API in the formats of its ecosystem: OpenAPI, AsyncAPI, one bundle of schemas.

Other tools (mock servers, client generators, fuzzers) read these. They are generated from the
catalogue and hold nothing of their own, so they cannot fall behind it.
"""
