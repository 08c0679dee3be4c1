/*
 * ASSERT is for our own bugs only; what a caller may cause is refused with a
 * reason instead (engine/reason.def). panic() never returns: it is used only
 * where going on could break isolation.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

__attribute__((noreturn)) void panic(
	const char *file, int line, const char *what);

#define PANIC(what) panic(__FILE__, __LINE__, what)
#define ASSERT(condition)                                                      \
	((condition) ? (void)0 : panic(__FILE__, __LINE__, #condition))

#endif
