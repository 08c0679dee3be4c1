/* Plays a capture. */
#include "sim/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_regs.h"
#include "abi/reason.h"
#include "boot/boot.h"
#include "boot/manifest_check.h"
#include "call/run_loop.h"
#include "call/trace_text.h"
#include "host/port_host.h"
#include "lib/capture_file.h"

#define MANIFEST_SIZE_MAX 65536u

/* What a call did before its result: reads from callers, records. */
struct effects {
	struct capture_line *line;
	size_t count;
	size_t room;
	size_t next;   /* the read that is due, */
	uint32_t used; /* and how many bytes of it are over */
	size_t clock;  /* behind the last line that the clock was set by */
};

struct replay {
	struct capture_file file;
	const struct replay_options *options;
	struct capture_line line; /* the last one read */
	uint64_t hz;
	struct range image;
	struct range el0_support;
	size_t manifest_size;
	struct spmc_manifest manifest;
	struct spm *spm;
	struct effects effects;
	uint32_t calls;
	uint32_t exits;
	const char *wrong; /* in the call that is being played */
};

static uint64_t manifest_bytes[MANIFEST_SIZE_MAX / sizeof(uint64_t)];

static int differs(const struct replay *replay, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", replay->file.name, replay->line.where,
		what);
	return 1;
}

static int unplayable(const struct replay *replay, const char *what)
{
	(void)differs(replay, what);
	return 2;
}

/* --- The machine ------------------------------------------------------- */

static int take_manifest(struct replay *replay)
{
	const struct capture_line *line = &replay->line;

	if (line->number[0] != replay->manifest_size ||
		line->number[0] + line->size > MANIFEST_SIZE_MAX)
		return unplayable(replay, "the manifest is not whole");
	memcpy((uint8_t *)manifest_bytes + line->number[0], line->bytes,
		line->size);
	replay->manifest_size += line->size;
	return 0;
}

static int take_package(struct replay *replay)
{
	const struct capture_line *line = &replay->line;

	if (line->number[0] >= HOST_MEMORY_SIZE - line->size)
		return unplayable(replay, "an address above our memory");
	memcpy(host_memory(paddr(line->number[0])), line->bytes, line->size);
	return 0;
}

static int take_format(struct replay *replay)
{
	const uint64_t *number = replay->line.number;

	if (number[0] != CAPTURE_FORMAT)
		return unplayable(replay, "a capture of another format");
	if (number[1] != reason_checksum())
		return unplayable(
			replay, "captured from a manager with other reasons");
	replay->hz = number[2] ? number[2] : 1;
	return 0;
}

static int take_machine_line(struct replay *replay)
{
	const struct capture_line *line = &replay->line;

	switch (line->kind) {
	case CAPTURE_FORMAT_LINE:
		return take_format(replay);
	case CAPTURE_MANIFEST:
		return take_manifest(replay);
	case CAPTURE_IMAGE:
		replay->image =
			(struct range){paddr(line->number[0]), line->number[1]};
		replay->el0_support =
			(struct range){paddr(line->number[2]), line->number[3]};
		return 0;
	case CAPTURE_PACKAGE:
		return take_package(replay);
	case CAPTURE_PARTY:
		return 0;
	case CAPTURE_ONLINE:
	case CAPTURE_CALL:
	case CAPTURE_EXIT:
	case CAPTURE_TX:
	case CAPTURE_TX_FAULT:
	case CAPTURE_RESULT:
	case CAPTURE_RECORD:
	case CAPTURE_CLOCK:
		break;
	}
	return unplayable(replay, "the capture has no beginning");
}

static int next_line(struct replay *replay)
{
	switch (capture_file_read(&replay->file, &replay->line)) {
	case CAPTURE_LINE:
		return 0;
	case CAPTURE_END:
		replay->line.kind = (enum capture_kind)0;
		return 0;
	case CAPTURE_BAD:
		break;
	}
	return 2;
}

/* False: some of it is above what we have. */
static bool declare_memory(const struct spmc_manifest *manifest)
{
	for (uint32_t i = 0; i < manifest->range_count; i++) {
		const struct memory_range *range = &manifest->range[i];

		if (range_end(range->range) > HOST_MEMORY_SIZE)
			return false;
		host_memory_declare(
			range->range, range->class == MEMORY_NS ||
					      range->class == MEMORY_NS_DEVICE);
	}
	return true;
}

static void print_panic(struct replay *replay)
{
	fprintf(stderr, "%s:%u: the manager panics: %s\n", replay->file.name,
		replay->line.where, host_panic_text());
}

static int tell_booted(const struct replay *replay)
{
	const struct replay_watch *watch = replay->options->watch;

	return watch == NULL ? 0 : watch->booted(watch->context, replay->spm);
}

static int boot(struct replay *replay)
{
	struct manifest_error error;
	jmp_buf panicked;

	if (!manifest_read_spmc(manifest_bytes, sizeof(manifest_bytes),
		    &replay->manifest, &error))
		return unplayable(replay, error.text);
	replay->manifest.capture = false;
	replay->manifest.console_trace = false;
	if (!declare_memory(&replay->manifest) ||
		replay->image.base.v >= HOST_MEMORY_SIZE ||
		replay->image.pages > HOST_MEMORY_SIZE >> PAGE_SHIFT)
		return unplayable(replay, "memory above our 8 GiB");
	if (replay->el0_support.pages > replay->image.pages ||
		(replay->el0_support.pages != 0 &&
			!range_inside(replay->el0_support, replay->image)))
		return unplayable(replay, "pages of S-EL0 outside the image");
	host_el0_support_set(replay->el0_support);
	if (setjmp(panicked)) {
		print_panic(replay);
		return 2;
	}
	host_panic_catch(&panicked);
	replay->spm = boot_primary(&replay->manifest, replay->image);
	host_panic_catch(NULL);
	return tell_booted(replay);
}

/* Everything up to the first CPU's coming up, which is replay->line then. */
static int read_machine(struct replay *replay)
{
	int status = next_line(replay);

	host_reset();
	while (status == 0 && replay->line.kind != CAPTURE_ONLINE) {
		status = take_machine_line(replay);
		if (status == 0)
			status = next_line(replay);
	}
	return status == 0 ? boot(replay) : status;
}

/* --- What the manager reads -------------------------------------------- */

static void keep_effect(struct replay *replay)
{
	struct effects *effects = &replay->effects;

	if (effects->count == effects->room) {
		effects->room = 2 * effects->room + 16;
		effects->line = realloc(
			effects->line, effects->room * sizeof(*effects->line));
		if (effects->line == NULL)
			abort();
	}
	effects->line[effects->count++] = replay->line;
}

/* The next read, or NULL. */
static const struct capture_line *due(struct effects *effects)
{
	while (effects->next < effects->count) {
		const struct capture_line *line = &effects->line[effects->next];

		if (line->kind == CAPTURE_TX || line->kind == CAPTURE_TX_FAULT)
			return line;
		effects->next++;
	}
	return NULL;
}

/* Puts a byte of it at `at`; false when it is not for there. */
static bool feed_byte(struct effects *effects, uint64_t at)
{
	const struct capture_line *line = due(effects);

	if (line == NULL || line->kind != CAPTURE_TX ||
		line->number[0] + effects->used != at)
		return false;
	*(uint8_t *)host_memory(paddr(at)) = line->bytes[effects->used];
	if (++effects->used == line->size) {
		effects->next++;
		effects->used = 0;
	}
	return true;
}

static bool feed(struct effects *effects, const struct host_event *event)
{
	for (uint64_t i = 0; i < event->size; i++)
		if (!feed_byte(effects, event->address + i))
			return false;
	return true;
}

static bool fault_is_due(struct effects *effects, uint64_t address)
{
	const struct capture_line *line = due(effects);

	return line != NULL && line->kind == CAPTURE_TX_FAULT &&
	       line->number[0] == address;
}

static void copy_in(struct replay *replay, const struct host_event *event)
{
	if (fault_is_due(&replay->effects, event->address)) {
		replay->effects.next++;
		host_fail_copy(1);
	} else if (!feed(&replay->effects, event)) {
		replay->wrong = "the manager reads what it did not read";
	}
}

/* The clock stands at what it was when the timers are looked at next. */
static void set_clock(struct effects *effects)
{
	while (effects->clock < effects->count) {
		const struct capture_line *line =
			&effects->line[effects->clock++];

		if (line->kind != CAPTURE_CLOCK)
			continue;
		host_time_set(line->number[0], 0);
		host_timer_there(line->number[1] == 0);
		return;
	}
}

static void on_event(void *context, const struct host_event *event)
{
	struct replay *replay = context;
	const struct replay_watch *watch = replay->options->watch;

	if (event->kind == HOST_COPY_IN)
		copy_in(replay, event);
	if (event->kind == HOST_TIMER)
		set_clock(&replay->effects);
	if (watch != NULL)
		watch->during(watch->context, event);
}

/* --- What comes out ---------------------------------------------------- */

static void print_record(
	const struct replay *replay, const struct trace_record *record)
{
	char text[TRACE_LINE_SIZE];
	struct trace_record told = *record;

	told.time = told.time / replay->hz * port_tick_hz() +
		    told.time % replay->hz * port_tick_hz() / replay->hz;
	fwrite(text, 1, trace_text(replay->spm, &told, 0, text), stdout);
}

/* All but the times. */
static int compare_record(
	struct replay *replay, const struct capture_line *line)
{
	struct trace_record record;
	const struct trace_record *own;
	struct cpu *cpu;

	memcpy(&record, line->number, sizeof(record));
	if (record.cpu >= replay->spm->cpu_count)
		return unplayable(
			replay, "a record of a CPU that is not there");
	cpu = &replay->spm->cpus[record.cpu];
	if (replay->options->trace)
		print_record(replay, &record);
	own = &cpu->ring[record.number % TRACE_RING_RECORDS];
	record.time = own->time;
	if (memcmp(own, &record, sizeof(record)) == 0)
		return 0;
	fprintf(stderr, "captured: %s, replayed: %s\n",
		record.reason < R_COUNT
			? reason_name((enum reason)record.reason)
			: "?",
		reason_name((enum reason)own->reason));
	return differs(replay, "the record differs");
}

static int compare_result(struct replay *replay, const struct cpu *cpu)
{
	const uint64_t *number = replay->line.number;
	const struct vcpu *vcpu = cpu->current;
	int status = 0;

	if (number[0] != cpu->index || number[1] != vcpu->partition->ep.id ||
		number[2] != vcpu->index) {
		fprintf(stderr, "captured: %#" PRIx64 ", replayed: %#x\n",
			number[1], vcpu->partition->ep.id);
		return differs(replay, "another context runs next");
	}
	for (unsigned i = 0; i < FFA_REG_COUNT; i++) {
		if (vcpu->x[i] == number[3 + i])
			continue;
		fprintf(stderr,
			"x%u captured: %#" PRIx64 ", replayed: %#" PRIx64 "\n",
			i, number[3 + i], vcpu->x[i]);
		status = differs(replay, "the results differ");
	}
	return status;
}

/* --- Events ------------------------------------------------------------ */

/* All lines up to the result, which is replay->line then. */
static int read_effects(struct replay *replay)
{
	struct effects *effects = &replay->effects;
	int status;

	*effects =
		(struct effects){.line = effects->line, .room = effects->room};
	while ((status = next_line(replay)) == 0) {
		enum capture_kind kind = replay->line.kind;

		if (kind == CAPTURE_RESULT)
			return 0;
		if (kind != CAPTURE_TX && kind != CAPTURE_TX_FAULT &&
			kind != CAPTURE_RECORD && kind != CAPTURE_CLOCK)
			return unplayable(replay, "a call without a result");
		keep_effect(replay);
	}
	return status;
}

static int compare_records(struct replay *replay)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < replay->effects.count; i++)
		if (replay->effects.line[i].kind == CAPTURE_RECORD)
			status = compare_record(
				replay, &replay->effects.line[i]);
	return status;
}

static struct cpu *cpu_of(struct replay *replay)
{
	uint64_t index = replay->line.number[0];

	return index < replay->spm->cpu_count ? &replay->spm->cpus[index]
					      : NULL;
}

static bool is_running(const struct replay *replay, const struct cpu *cpu)
{
	const struct vcpu *vcpu = cpu->current;

	return vcpu->partition->ep.id == replay->line.number[1] &&
	       vcpu->index == replay->line.number[2];
}

static void set_registers(struct vcpu *vcpu, const uint64_t *number)
{
	for (unsigned i = 0; i < FFA_REG_COUNT; i++)
		vcpu->x[i] = number[i];
}

/* A line that says why the current context came back. */
static struct vcpu_exit exit_of(struct replay *replay, struct cpu *cpu)
{
	const uint64_t *number = replay->line.number;

	if (replay->line.kind == CAPTURE_CALL) {
		set_registers(cpu->current, &number[3]);
		replay->calls++;
		return (struct vcpu_exit){.kind = VCPU_EXIT_CALL};
	}
	set_registers(cpu->current, &number[3 + CAPTURE_EXIT_NUMBERS]);
	cpu->current->pc = number[6];
	replay->exits++;
	if (number[3] == VCPU_EXIT_TIMER)
		cpu->current->timer = (struct vcpu_timer){
			.compare = number[4],
			.control = number[5] & 3,
			.told = number[5] & 4,
		};
	return (struct vcpu_exit){
		.kind = (enum vcpu_exit_kind)number[3],
		.address = paddr(number[4]),
		.ns = number[5] & 1,
		.write = number[5] & 2,
		.execute = number[5] & 4,
		.intid = (uint32_t)number[4],
	};
}

/* The manager is made to do it; what comes out is compared. */
static int play_event(struct replay *replay, const struct replay_event *event,
	const struct vcpu_exit *exit)
{
	int status;

	replay->wrong = NULL;
	host_cpu_set(event->cpu->index);
	set_clock(&replay->effects);
	host_checker_set(on_event, replay);
	if (event->kind == CAPTURE_ONLINE)
		run_begin(event->cpu);
	else
		run_exit(event->cpu, exit);
	host_checker_set(NULL, NULL);
	if (replay->wrong != NULL)
		return differs(replay, replay->wrong);
	status = compare_records(replay);
	return status == 0 ? compare_result(replay, event->cpu) : status;
}

static int watch_event(struct replay *replay, const struct replay_event *event,
	const struct vcpu_exit *exit)
{
	const struct replay_watch *watch = replay->options->watch;
	int status;

	if (watch == NULL)
		return play_event(replay, event, exit);
	status = watch->before(watch->context, event);
	if (status == 0)
		status = play_event(replay, event, exit);
	return status == 0 ? watch->after(watch->context, event) : status;
}

/* The line is read; then its effects are. */
static int play_on(struct replay *replay, struct cpu *cpu)
{
	struct replay_event event = {.kind = replay->line.kind,
		.line = replay->line.where,
		.cpu = cpu};
	struct vcpu_exit exit;
	int status;

	if (event.kind != CAPTURE_ONLINE && !is_running(replay, cpu))
		return differs(replay, "another context is running here");
	if (event.kind != CAPTURE_ONLINE)
		exit = exit_of(replay, cpu);
	status = read_effects(replay);
	if (status != 0)
		return status;
	event.effect = replay->effects.line;
	event.effect_count = replay->effects.count;
	return watch_event(replay, &event, &exit);
}

static int play_line(struct replay *replay)
{
	struct cpu *cpu;

	if (replay->line.kind != CAPTURE_ONLINE &&
		replay->line.kind != CAPTURE_CALL &&
		replay->line.kind != CAPTURE_EXIT)
		return unplayable(replay, "not the beginning of a call");
	cpu = cpu_of(replay);
	if (cpu == NULL)
		return unplayable(replay, "a CPU that is not there");
	return play_on(replay, cpu);
}

static int play_lines(struct replay *replay)
{
	int status = 0;

	while (status == 0 && replay->line.kind != 0) {
		status = play_line(replay);
		if (status == 0)
			status = next_line(replay);
	}
	return status;
}

static int play(struct replay *replay)
{
	jmp_buf panicked;
	int status;

	if (setjmp(panicked)) {
		print_panic(replay);
		return 1;
	}
	host_panic_catch(&panicked);
	status = play_lines(replay);
	host_panic_catch(NULL);
	return status;
}

int replay_file(const struct replay_options *options)
{
	const char *name = options->capture;
	static struct replay replay;
	int status;

	replay = (struct replay){
		.file = {.file = fopen(name, "r"), .name = name},
		.options = options,
	};
	if (replay.file.file == NULL) {
		perror(name);
		return 2;
	}
	status = read_machine(&replay);
	if (status == 0)
		status = play(&replay);
	if (status == 0)
		printf("%s: %u calls and %u other exits, all as captured\n",
			name, replay.calls, replay.exits);
	fclose(replay.file.file);
	free(replay.effects.line);
	return status;
}
