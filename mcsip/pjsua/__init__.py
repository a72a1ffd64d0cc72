"""A program of its own: MC service clients whose SIP and RTP are those of PJSIP.

``python -m mcsip.pjsua.program`` reads commands from its standard input and writes what comes of
them to its standard output, one JSON object on a line (``wire``); its log goes to standard error.
It ends when its input does, so that it never outlives who started it (``nodes.pjsua_process``).

Only this program imports ``pjsua2``, and the rest of mcsip imports nothing of it but ``wire``.
PJSIP is under the GPL and stays in a process of its own, and its mistakes, which abort a process,
stay there with it.
"""
