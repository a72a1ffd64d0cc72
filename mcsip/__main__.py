"""``python -m mcsip``."""

from mcsip.cli.main import main

if __name__ == "__main__":
    main()
