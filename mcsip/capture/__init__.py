"""Captures: pcap and pcapng files read into a trace, message by message."""
