"""Encourage Bot: greets, inspires, and answers a sad message with a kind word."""

__version__ = "0.1.0"
