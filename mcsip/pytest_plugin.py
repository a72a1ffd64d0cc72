"""What ``pytest`` needs to collect scenario files as tests."""
