/* Linux begins to stamp what arrives a moment after the first socket of the machine
 * has asked for it: what comes before carries no time. */
#ifndef W32TIMED_TESTS_UNIT_STAMPS_H
#define W32TIMED_TESTS_UNIT_STAMPS_H

/* Asks for it and returns when it has begun; at once where nothing is stamped. */
void stamps_begin(void);
void stamps_end(void);

#endif
