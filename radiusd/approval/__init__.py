"""Asking somebody: whom, by what link, and what they decided."""
