"""Captures: from somebody's pcap, pcapng or saved trace to the entries of a trace, in a stream.

What a packet analyser does, as far as SIP needs it, and then what no capture says: which node is
whose. Everything streams: a file larger than memory is read in bounded memory.
"""

from mcsip.capture.source import Kind, Progress, Source, open_source

__all__ = ["Kind", "Progress", "Source", "open_source"]
