"""The command line: session files, terminal output, the stages of a run as commands."""
