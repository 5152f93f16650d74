"""The models of the sections, and the types of which option models are made. May be imported by everybody.

Of the rest of config/ they know `faults` and `secret` alone.
"""
