"""Bots: accounts of programs, which somebody has made and answers for."""
