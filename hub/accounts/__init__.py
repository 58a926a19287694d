"""Who may see what: links and sessions of households, API tokens, the access log."""
