"""``python -m rnnforecast`` is ``rnnforecast``."""

from rnnforecast.cli.main import main

main()
