"""Print the topics that match a filter, one a line, in the order given."""

import argparse

from mqtt_core import TopicError, TopicFilter, TopicName, Version
from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._faults import told

__all__ = ["EXAMPLES", "options", "run"]

EXAMPLES = """\
examples:
  mqc match 'home/+/temperature' home/kitchen/temperature
  mqc match -q '#' '$SYS/uptime' || echo 'no: topics that begin with $ are apart'

Status 0 if one topic matches at least, 1 if none does or a text is no filter or topic.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("filter", metavar="FILTER", help="a topic filter, with + and #")
    parser.add_argument("topics", metavar="TOPIC", nargs="+", help="topic names")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    found = False
    try:
        wanted = TopicFilter(options.filter, version=Version.V5)
        # All are judged before one is printed.
        names = [TopicName(topic) for topic in options.topics]
    except TopicError as error:
        print(told(error))
        return Exit.BAD
    except UnicodeEncodeError as error:
        raise Usage("topics and filters are UTF-8") from error
    for name in names:
        if wanted.matches(name):
            found = True
            if not options.quiet:
                print(name)
    return Exit.FINE if found else Exit.BAD
