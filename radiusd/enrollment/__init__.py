"""Addresses and numbers of users: those that their directories have, and those that were enrolled beside them."""
