# The program that keeps the right to read the machine account's keys.
