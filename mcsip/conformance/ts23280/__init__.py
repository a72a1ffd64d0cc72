"""TS 23.280: the procedures of migration. A file for each clause that has rules."""
