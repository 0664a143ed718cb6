"""Bad input from the agency's side to its end: a named outcome, words for 3 a.m., bytes kept, nothing served."""
