"""Energy management of a site, from measured powers to limits; no Home Assistant."""
