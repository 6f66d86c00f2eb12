"""`python -m geodata COMMAND`: the engine on files."""

from geodata.commands import main

if __name__ == "__main__":
    main()
