/*
 * Our own faults: where, what, and how we got there, by names. Then the
 * processor stops; others go on until they need what it held.
 *
 * Names come from a table that is made of the linked image (symbols.sh).
 */
#include "arch.h"

#include "asm.h"
#include "base/assert.h"
#include "pl011.h"
#include "platform.h"

#define CHAIN_MAX 16u
#define HEX_DIGITS 16u

struct dump_frame {
	uint64_t x[31];
	uint64_t sp;
};

_Static_assert(offsetof(struct dump_frame, sp) == DUMP_FRAME_SP, "asm.h");
_Static_assert(sizeof(struct dump_frame) == DUMP_FRAME_SIZE, "asm.h");

/*
 * In order of address: instructions from the one before, and names of which
 * the first byte says how much of the one before they begin with.
 */
extern const uint32_t symbol_count;
extern const uint16_t symbol_distance[];
extern const char symbol_names[];

#define SYMBOL_SIZE 64u

struct symbol {
	uint64_t address;
	char name[SYMBOL_SIZE];
};

extern const uint8_t image_start[], text_end[], data_start[], image_end[];

void early_print(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	port_console_write(text, length);
}

void early_print_hex(uint64_t value)
{
	char text[HEX_DIGITS + 1] = {0};

	for (unsigned i = 0; i < HEX_DIGITS; i++, value <<= 4)
		text[i] = "0123456789abcdef"[value >> 60];
	early_print(text);
}

void early_print_decimal(uint64_t value)
{
	char text[21] = {0};
	unsigned at = sizeof(text) - 1;

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	early_print(&text[at]);
}

static bool is_text(uint64_t at)
{
	return at >= (uintptr_t)image_start && at < (uintptr_t)text_end;
}

/* The function that `at` lies in; false when the table has none. */
static bool find_symbol(uint64_t at, struct symbol *symbol)
{
	const char *name = symbol_names;
	bool found = false;

	symbol->address = (uintptr_t)image_start;
	for (uint32_t i = 0; i < symbol_count; i++) {
		uint64_t next = symbol->address + 4ull * symbol_distance[i];
		unsigned end = (uint8_t)*name++;

		if (next > at)
			break;
		symbol->address = next;
		do
			symbol->name[end++ % SYMBOL_SIZE] = *name;
		while (*name++ != '\0');
		found = true;
	}
	return found;
}

static void print_symbol(uint64_t at)
{
	struct symbol symbol;

	early_print_hex(at);
	if (is_text(at) && find_symbol(at, &symbol)) {
		early_print(" ");
		early_print(symbol.name);
		early_print("+");
		early_print_decimal(at - symbol.address);
	}
	early_print("\n");
}

/* Follows frame records, as long as they stay in our data. */
static void print_chain(uint64_t frame)
{
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		const uint64_t *record = (const uint64_t *)(uintptr_t)frame;

		if (frame < (uintptr_t)data_start ||
			frame + 16 > (uintptr_t)image_end || (frame & 7) != 0)
			return;
		if (record[1] == 0)
			return;
		early_print("  from ");
		print_symbol(record[1]);
		/* Frames lie ever higher: no circle can keep us here. */
		if (record[0] <= frame)
			return;
		frame = record[0];
	}
}

static void print_register(const char *name, uint64_t value)
{
	early_print(name);
	early_print_hex(value);
}

void panic(const char *file, int line, const char *what)
{
	early_print("\nEscrow: panic: ");
	early_print(file);
	early_print(":");
	early_print_decimal((uint64_t)line);
	early_print(": ");
	early_print(what);
	print_register("\n  MPIDR ", sysreg_read(mpidr_el1));
	print_register("  last ESR ", sysreg_read(esr_el2));
	print_register("  ELR ", sysreg_read(elr_el2));
	print_register("  FAR ", sysreg_read(far_el2));
	early_print("\n");
	print_chain((uintptr_t)__builtin_frame_address(0));
	stop();
}

void dump_own_fault(const struct dump_frame *frame, unsigned trap)
{
	static const char *const kind[] = {
		"exception", "interrupt", "fast interrupt", "SError"};

	early_print("\nEscrow: unexpected ");
	early_print(kind[trap]);
	early_print(" of its own");
	print_register("\n  ESR ", sysreg_read(esr_el2));
	print_register("  FAR ", sysreg_read(far_el2));
	print_register("  SPSR ", sysreg_read(spsr_el2));
	print_register("\n  MPIDR ", sysreg_read(mpidr_el1));
	print_register("  SP ", frame->sp);
	for (unsigned i = 0; i < 31; i++) {
		early_print(i % 4 == 0 ? "\n  x" : "  x");
		early_print_decimal(i);
		print_register(i < 10 ? "  " : " ", frame->x[i]);
	}
	early_print("\n  at ");
	print_symbol(sysreg_read(elr_el2));
	early_print("  from ");
	print_symbol(frame->x[30]);
	print_chain(frame->x[29]);
	stop();
}
