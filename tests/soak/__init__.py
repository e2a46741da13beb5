"""What takes too long for the test suite, which does the same in short."""
