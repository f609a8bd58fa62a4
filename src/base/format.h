/* Which printf() checks the compiler makes of functions that format like it: the
 * build says so where the C library has another idea of it than C. */
#ifndef W32TIMED_BASE_FORMAT_H
#define W32TIMED_BASE_FORMAT_H

#ifndef PRINTF_FORMAT
#define PRINTF_FORMAT printf
#endif

#endif
