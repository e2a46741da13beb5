"""Where Home Assistant knows what a site measures and pays; what `site` reads."""
