"""Reports: pure functions of a trace and a result."""
