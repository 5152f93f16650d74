"""Addresses and numbers of users, those that their directories have and those enrolled beside them; authenticator apps."""
