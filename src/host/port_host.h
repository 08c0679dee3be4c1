/*
 * The port for the host: simulated physical memory, a ghost TLB, a log of
 * everything the manager asked of the machine, and injected faults.
 *
 * Not responsible for running guests: port_vcpu_enter() and the firmware call
 * go to the simulator in sim.h where one is registered.
 *
 * The ghost TLB is pessimistic. Whenever an entry that was reachable from a
 * root is overwritten, its old translation stays valid on every CPU until
 * port_tlb_invalidate() names the VMID and the range; a table that was
 * unlinked stays reachable in the same way (walk caches). Invalidation is
 * broadcast and filling is pessimistic, so all CPUs would hold the same set:
 * it is kept once.
 */
#ifndef HOST_PORT_HOST_H
#define HOST_PORT_HOST_H

#include <setjmp.h>

#include "base/types.h"

/* Simulated memory reaches from 0 to here. */
#define HOST_MEMORY_SIZE (8ull << 30)

enum host_event_kind {
	HOST_STORE, /* one table entry; address and size: what it translates */
	HOST_SYNC,
	HOST_TLB, /* one per range; `all` where the whole VMID goes */
	HOST_ZERO,
	HOST_COPY_IN,
	HOST_COPIED_IN, /* what a caller stores from now on comes too late */
	HOST_COPY_OUT,
	HOST_CLEAN,
	HOST_SCHEDULE,  /* the schedule receiver interrupt */
	HOST_KICK,      /* a CPU, whose MPIDR is `address` */
	HOST_INTERRUPT, /* `address` is its number; host_interrupt() */
	HOST_PUBLISH,   /* port_code_publish() */
	HOST_TIMER,     /* port_timer_set(): `address` is the time */
	HOST_FIRMWARE,  /* a call to EL3, before it is made */
	HOST_EVENT_KINDS,
};

struct host_event {
	enum host_event_kind kind;
	uint16_t vmid;
	bool ns;
	bool all;
	bool known; /* STORE: the table hangs under a watched root */
	uint8_t level;
	uint64_t address;
	uint64_t size; /* bytes */
	uint64_t old_value;
	uint64_t new_value;
};

/* A translation that some TLB may still hold. */
struct host_ghost {
	uint16_t vmid;
	bool ns;
	uint8_t level;
	uint64_t address;
	uint64_t size;
	uint64_t entry; /* leaf: the raw descriptor; table: the table's PA */
};

/* Called for every event: before zero and copies, after everything else. */
typedef void host_checker(void *context, const struct host_event *event);
typedef bool host_visitor(void *context, const struct host_ghost *ghost);

/* Forgets everything: memory reads as zero, no spaces, no faults, no log. */
void host_reset(void);

/* `count` bytes from `at` exist; in the normal world's space where `ns`. */
void host_memory_declare(struct range range, bool ns);
bool host_memory_is(struct paddr at, size_t size, bool ns);
/* Never NULL; no attribute is checked. */
void *host_memory(struct paddr at);

/* Follows the tables under both roots from now on. */
void host_space_watch(uint16_t vmid, struct paddr secure, struct paddr ns);
void host_space_forget(uint16_t vmid);

/* Ghost leaves, and tables that are unlinked but perhaps still walked. */
void host_ghost_leaves(host_visitor *visit, void *context);
void host_ghost_tables(host_visitor *visit, void *context);
bool host_ghost_is_empty(void);
/* Stores that no sync or invalidation has followed yet. */
bool host_is_synced(void);

void host_checker_set(host_checker *checker, void *context);

/* The first rule that the manager broke at the seam, or NULL. */
const char *host_violation(void);

/* The n-th call from now fails; 0 = never. Counts down. */
void host_fail_copy(uint32_t n);
void host_fail_zero(uint32_t n);
/* Injected failures that were delivered since host_log_clear(). */
uint32_t host_failures(void);

/* The log since host_log_clear(); it stops growing at HOST_LOG_MAX. */
#define HOST_LOG_MAX 16384
void host_log_clear(void);
size_t host_log_count(void);
const struct host_event *host_log_at(size_t index);
/* How many events of a kind since host_log_clear(), logged or not. */
uint64_t host_count(enum host_event_kind kind);
uint64_t host_zeroed_bytes(void);

/* Which CPU this thread plays. */
void host_cpu_set(unsigned cpu);
unsigned host_cpu(void);

/* What port_el0_support() says; no pages after host_reset(). */
void host_el0_support_set(struct range range);

/* Who answers calls to EL3; the default is the simulator. */
typedef void host_firmware(void *context, uint64_t x[18]);
void host_firmware_set(host_firmware *firmware, void *context);

/* Whether the CPUs have a secure timer; what it was set to last. */
void host_timer_there(bool there);
uint64_t host_timer(void);

/* What has become of a device's interrupt. */
struct host_interrupt {
	bool configured;
	bool enabled;
	uint32_t ended; /* times */
	uint64_t route;
};
#define HOST_INTERRUPTS 1020u
const struct host_interrupt *host_interrupt(uint32_t intid);

/* The clock goes on by `step` nanoseconds at each reading. */
void host_time_set(uint64_t now, uint64_t step);

/* Where the console's text goes; the default is nowhere. */
typedef void host_console(void *context, const char *text, size_t length);
void host_console_set(host_console *console, void *context);

/*
 * From now on a panic jumps to `to` with value 1 instead of ending the
 * process; NULL switches that off. The text stays in host_panic_text().
 */
void host_panic_catch(jmp_buf *to);
const char *host_panic_text(void);

#endif
