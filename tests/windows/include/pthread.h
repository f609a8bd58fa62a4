/* tests/windows/posix.h has it all. */
