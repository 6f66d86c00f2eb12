"""The public and the organizer's busiest pages on a nation of a million volunteers."""
