"""Soak tests: too long for the test suite, which runs short forms of them."""
