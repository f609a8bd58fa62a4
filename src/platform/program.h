/* What a program does before anything else. */
#ifndef W32TIMED_PLATFORM_PROGRAM_H
#define W32TIMED_PLATFORM_PROGRAM_H

/* Begins with the network, which Windows wants, makes the words of the command line UTF-8, and the
 * terminal take UTF-8 until the program ends; Linux has both already.  The words stay valid for
 * good.  0 or a negative errno. */
int program_begin(int *argc, char ***argv);

#endif
