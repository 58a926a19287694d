"""What each page shows, computed from rows. Pure; the same for charts, tables and text pages."""
