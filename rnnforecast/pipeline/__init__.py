"""The stages in a row, a module for each verb: nothing is imported until it is asked for."""
