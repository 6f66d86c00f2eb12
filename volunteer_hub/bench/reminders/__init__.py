"""A day before a nation-wide weekend of action: everybody who goes is reminded, by two workers."""
