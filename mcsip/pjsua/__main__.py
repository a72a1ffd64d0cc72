"""Run the program."""

from mcsip.pjsua.program import main

main()
