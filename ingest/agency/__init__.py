"""From an agency's address to archived bytes: HTTP, discovery of files on listing pages, sniffing, polling."""
