"""What stands behind the grid connection, without Home Assistant."""
