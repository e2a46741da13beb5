"""Files that chargers upload and fetch, over one-time URLs."""
