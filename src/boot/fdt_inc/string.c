/*
 * The string functions that libfdt calls, for the freestanding build. Not for
 * our own code: it has base/mem.h and counted strings.
 */
#include <string.h>

void *memchr(const void *at, int value, size_t count)
{
	const unsigned char *byte = at;

	for (; count > 0; count--, byte++) {
		if (*byte == (unsigned char)value)
			return (void *)byte;
	}
	return NULL;
}

size_t strnlen(const char *text, size_t max)
{
	size_t length = 0;

	while (length < max && text[length] != '\0')
		length++;
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, (size_t)-1);
}

char *strrchr(const char *text, int value)
{
	const char *found = NULL;

	do {
		if (*text == (char)value)
			found = text;
	} while (*text++ != '\0');
	return (char *)found;
}
