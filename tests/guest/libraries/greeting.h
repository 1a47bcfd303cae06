/* What a library of the tests offers. Several libraries implement it; which one a program gets is what the tests ask. */
#ifndef GREETING_H
#define GREETING_H

/* Says which library was found. */
const char *greeting(void);

/* Adds to a thread-local counter of the library and returns its new value. */
int greeting_count(int amount);

/* The address of the calling thread's counter. */
int *greeting_counter(void);

#endif
