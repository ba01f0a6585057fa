"""Messages on their way, by Apprise."""

from __future__ import annotations

from collections.abc import Sequence

from rnnforecast.errors import UsageError
from rnnforecast.notify.messages import Message


def send(message: Message, urls: Sequence[str]) -> list[str]:
    """Send a message by Apprise: mail, Slack, Telegram, a webhook, and a hundred others.

    Args:
        message: what to say.
        urls: to whom, in Apprise's spelling; they may hold secrets, so none is ever shown.

    Returns:
        the kinds of address, such as ``json``, that could not be reached.

    Raises:
        UsageError: if the extra is not installed, or an address is none.
    """
    try:
        import apprise
    except ImportError:
        raise UsageError(
            "the watch list asks for notifications, and a package for them is not installed",
            "pip install 'rnnforecast[notify]'",
        ) from None
    failed = []
    for number, url in enumerate(urls, 1):
        notifier = apprise.Apprise()
        if not notifier.add(url):
            raise UsageError(
                f"address {number} of notify.to is none that Apprise knows",
                "see https://github.com/caronc/apprise/wiki, as in mailto://user:password@host",
            )
        if not notifier.notify(title=message.title, body=message.body):
            failed.append(url.partition(":")[0])
    return failed
