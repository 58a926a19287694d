"""Numbers put into the formats of real portals and devices, one small module a format. Pure."""
