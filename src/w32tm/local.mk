# The command-line tool: one file a command.
