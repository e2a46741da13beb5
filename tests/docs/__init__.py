"""What the pages in docs say that is made from the code."""
