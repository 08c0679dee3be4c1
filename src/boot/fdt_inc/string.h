/* What libfdt wants of <string.h>, for the freestanding build. */
#ifndef FDT_INC_STRING_H
#define FDT_INC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *at, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
void *memchr(const void *at, int value, size_t count);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t max);
char *strrchr(const char *text, int value);

#endif
