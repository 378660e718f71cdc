"""Accounts and who may act as them: passwords, sessions, access tokens, invitations and keys for programs."""
