"""`volunteer-hub bench sync`: an election day's phones against one machine, two crashes in the middle."""
