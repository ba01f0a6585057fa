"""Registers every command, in the order that --help lists them."""
