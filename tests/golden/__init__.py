"""Small releases of our own writing and, beside each, exactly what is read out of it."""
