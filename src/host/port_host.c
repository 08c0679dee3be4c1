/*
 * port/port.h on the host. See port_host.h. A fault is a `false` where the
 * address does not exist in the space named, or where a test asked for one.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/host_memory.h"
#include "base/assert.h"
#include "host/sim.h"
#include "partition/partition.h"
#include "port/port.h"

#define DECLARED_MAX 512

struct declared {
	struct range range;
	bool ns;
};

static uint8_t *memory;
static struct declared declared[DECLARED_MAX];
static size_t declared_count;
static struct host_event events[HOST_LOG_MAX];
static size_t event_count;
static uint64_t kind_count[HOST_EVENT_KINDS];
static uint64_t zeroed_bytes;
static bool unsynced;
static uint32_t fail_copy, fail_zero, failures;
static host_checker *checker;
static void *checker_context;
static bool timer_there;
static uint64_t timer;
static struct host_interrupt interrupts[HOST_INTERRUPTS];
static host_firmware *firmware;
static void *firmware_context;
static host_console *console;
static void *console_context;
static struct range el0_support;
static char violation[160];
static char panic_text[240];
static jmp_buf *panic_target;
static uint64_t time_now, time_step = 1;
static _Thread_local unsigned this_cpu;

/*
 * Ghost TLB, log and counters: threads of a test play CPUs. Recursive,
 * because a checker may let another CPU call in the middle of an event.
 */
static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void lock_host(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock_host(void)
{
	pthread_mutex_unlock(&mutex);
}

void host_reset(void)
{
	size_t size = HOST_MEMORY_SIZE;

	if (!memory)
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	ghost_reset();
	madvise(memory, size, MADV_DONTNEED);
	declared_count = 0;
	host_log_clear();
	unsynced = false;
	fail_copy = 0;
	fail_zero = 0;
	checker = NULL;
	console = NULL;
	memset(interrupts, 0, sizeof(interrupts));
	timer_there = true;
	timer = UINT64_MAX;
	el0_support = (struct range){0};
	firmware = NULL;
	violation[0] = '\0';
	panic_text[0] = '\0';
	panic_target = NULL;
	time_now = 0;
	time_step = 1;
	this_cpu = 0;
}

void host_memory_declare(struct range range, bool ns)
{
	if (declared_count == DECLARED_MAX)
		abort();
	declared[declared_count++] = (struct declared){range, ns};
}

static bool is_inside(const struct declared *area, uint64_t at, size_t size)
{
	return at >= area->range.base.v && at < range_end(area->range) &&
	       size <= range_end(area->range) - at;
}

bool host_memory_is(struct paddr at, size_t size, bool ns)
{
	for (size_t i = 0; i < declared_count; i++)
		if (declared[i].ns == ns && is_inside(&declared[i], at.v, size))
			return true;
	return false;
}

void *host_memory(struct paddr at)
{
	if (at.v >= HOST_MEMORY_SIZE)
		abort();
	return memory + at.v;
}

void host_violate(const char *what, uint64_t at)
{
	if (!violation[0])
		snprintf(violation, sizeof(violation), "%s (%#llx)", what,
			(unsigned long long)at);
}

const char *host_violation(void)
{
	return violation[0] ? violation : NULL;
}

void host_checker_set(host_checker *new_checker, void *context)
{
	checker = new_checker;
	checker_context = context;
}

static void record(const struct host_event *event)
{
	kind_count[event->kind]++;
	if (event_count < HOST_LOG_MAX)
		events[event_count++] = *event;
	if (checker)
		checker(checker_context, event);
}

void host_log_clear(void)
{
	event_count = 0;
	memset(kind_count, 0, sizeof(kind_count));
	zeroed_bytes = 0;
	failures = 0;
}

size_t host_log_count(void)
{
	return event_count;
}

const struct host_event *host_log_at(size_t index)
{
	return &events[index];
}

uint64_t host_count(enum host_event_kind kind)
{
	return kind_count[kind];
}

uint64_t host_zeroed_bytes(void)
{
	return zeroed_bytes;
}

bool host_is_synced(void)
{
	return !unsynced;
}

static bool fault_is_due(uint32_t *countdown)
{
	if (*countdown == 0 || --*countdown > 0)
		return false;
	failures++;
	return true;
}

void host_fail_copy(uint32_t n)
{
	fail_copy = n;
}

void host_fail_zero(uint32_t n)
{
	fail_zero = n;
}

uint32_t host_failures(void)
{
	return failures;
}

void *port_page(struct paddr page)
{
	return host_memory(page);
}

void port_entry_store(uint64_t *entry, uint64_t value)
{
	struct host_event event = {.kind = HOST_STORE};

	lock_host();
	ghost_store(entry, value, &event);
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
	ghost_stored(&event);
	unsynced = true;
	record(&event);
	unlock_host();
}

void port_entry_sync(void)
{
	struct host_event event = {.kind = HOST_SYNC};

	lock_host();
	unsynced = false;
	record(&event);
	unlock_host();
}

static void invalidate(
	uint16_t vmid, const struct tlb_range *ranges, size_t count)
{
	struct host_event event = {.kind = HOST_TLB, .vmid = vmid, .all = true};

	unsynced = false;
	if (count == 0) {
		ghost_invalidate(&event);
		record(&event);
		return;
	}
	event.all = false;
	for (size_t i = 0; i < count; i++) {
		event.ns = ranges[i].ns;
		event.address = ranges[i].range.base.v;
		event.size = ranges[i].range.pages << PAGE_SHIFT;
		ghost_invalidate(&event);
	}
	/* One sequence is one event, whatever the number of its ranges. */
	record(&event);
}

void port_tlb_invalidate(
	uint16_t vmid, const struct tlb_range *ranges, size_t count)
{
	lock_host();
	invalidate(vmid, ranges, count);
	unlock_host();
}

/* Records the event; true when the fault that a test asked for is due. */
static bool record_and_fail(const struct host_event *event, uint32_t *countdown)
{
	bool fails;

	lock_host();
	record(event);
	fails = fault_is_due(countdown);
	if (!fails && event->kind == HOST_ZERO)
		zeroed_bytes += event->size;
	unlock_host();
	return fails;
}

static bool copy_is_possible(struct host_event event)
{
	if (record_and_fail(&event, &fail_copy))
		return false;
	return host_memory_is(paddr(event.address), event.size, event.ns);
}

bool port_copy_in(void *to, struct paddr from, bool ns, size_t size)
{
	struct host_event copied = {
		.kind = HOST_COPIED_IN,
		.address = from.v,
		.size = size,
		.ns = ns,
	};

	if (!copy_is_possible((struct host_event){.kind = HOST_COPY_IN,
		    .address = from.v,
		    .size = size,
		    .ns = ns}))
		return false;
	memcpy(to, memory + from.v, size);
	lock_host();
	record(&copied);
	unlock_host();
	return true;
}

bool port_copy_out(struct paddr to, bool ns, const void *from, size_t size)
{
	if (!copy_is_possible((struct host_event){.kind = HOST_COPY_OUT,
		    .address = to.v,
		    .size = size,
		    .ns = ns}))
		return false;
	memcpy(memory + to.v, from, size);
	return true;
}

bool port_zero(struct range range, bool ns)
{
	struct host_event event = {
		.kind = HOST_ZERO,
		.address = range.base.v,
		.size = range.pages << PAGE_SHIFT,
		.ns = ns,
	};

	if (record_and_fail(&event, &fail_zero))
		return false;
	if (!host_memory_is(range.base, event.size, ns))
		return false;
	memset(memory + range.base.v, 0, event.size);
	return true;
}

static void record_range(enum host_event_kind kind, struct range range, bool ns)
{
	struct host_event event = {
		.kind = kind,
		.address = range.base.v,
		.size = range.pages << PAGE_SHIFT,
		.ns = ns,
	};

	lock_host();
	record(&event);
	unlock_host();
}

void port_cache_clean(struct range range, bool ns)
{
	record_range(HOST_CLEAN, range, ns);
}

void port_code_publish(struct range range)
{
	record_range(HOST_PUBLISH, range, false);
}

void host_el0_support_set(struct range range)
{
	el0_support = range;
}

struct range port_el0_support(void)
{
	return el0_support;
}

void host_cpu_set(unsigned cpu)
{
	this_cpu = cpu;
}

unsigned host_cpu(void)
{
	return this_cpu;
}

void port_vcpu_enter(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	*exit = sim_vcpu_enter(vcpu);
}

void port_vcpu_inject_abort(struct vcpu *vcpu, const struct vcpu_exit *fault)
{
	sim_vcpu_inject_abort(vcpu, fault->address, fault->execute);
}

void port_vcpu_reset(struct vcpu *vcpu)
{
	sim_vcpu_reset(vcpu);
}

void host_firmware_set(host_firmware *new_firmware, void *context)
{
	firmware = new_firmware;
	firmware_context = context;
}

static void record_event(enum host_event_kind kind, uint64_t address)
{
	struct host_event event = {.kind = kind, .address = address};

	lock_host();
	record(&event);
	unlock_host();
}

void port_schedule_receiver(void)
{
	record_event(HOST_SCHEDULE, 0);
}

bool port_timer_set(uint64_t ticks)
{
	bool there = timer_there;

	timer = ticks;
	record_event(HOST_TIMER, ticks);
	return there;
}

void host_timer_there(bool there)
{
	timer_there = there;
}

uint64_t host_timer(void)
{
	return timer;
}

void port_cpu_kick(uint64_t mpidr)
{
	record_event(HOST_KICK, mpidr);
}

const struct host_interrupt *host_interrupt(uint32_t intid)
{
	return &interrupts[intid];
}

void port_interrupt_configure(const struct partition_interrupt *interrupt)
{
	interrupts[interrupt->intid].configured = true;
	interrupts[interrupt->intid].route = interrupt->target;
}

void port_interrupt_enable(uint32_t intid, bool on)
{
	interrupts[intid].enabled = on;
	record_event(HOST_INTERRUPT, intid);
}

void port_interrupt_route(uint32_t intid, uint64_t mpidr)
{
	interrupts[intid].route = mpidr;
	record_event(HOST_INTERRUPT, intid);
}

void port_interrupt_end(uint32_t intid)
{
	interrupts[intid].ended++;
	record_event(HOST_INTERRUPT, intid);
}

void port_firmware_call(uint64_t x[18])
{
	struct host_event event = {.kind = HOST_FIRMWARE, .address = x[0]};

	lock_host();
	record(&event);
	unlock_host();
	if (firmware)
		firmware(firmware_context, x);
	else
		sim_firmware_call(x);
}

void host_console_set(host_console *new_console, void *context)
{
	console = new_console;
	console_context = context;
}

void port_console_write(const char *text, size_t length)
{
	if (console)
		console(console_context, text, length);
}

void host_time_set(uint64_t now, uint64_t step)
{
	time_now = now;
	time_step = step;
}

uint64_t port_ticks(void)
{
	uint64_t now;

	lock_host();
	time_now += time_step;
	now = time_now;
	unlock_host();
	return now;
}

uint64_t port_tick_hz(void)
{
	return 1000000000;
}

void host_panic_catch(jmp_buf *to)
{
	panic_target = to;
}

const char *host_panic_text(void)
{
	return panic_text;
}

void panic(const char *file, int line, const char *what)
{
	jmp_buf *to = panic_target;

	snprintf(panic_text, sizeof(panic_text), "%s:%d: %s", file, line, what);
	if (to) {
		panic_target = NULL;
		longjmp(*to, 1);
	}
	fprintf(stderr, "panic at %s\n", panic_text);
	abort();
}
