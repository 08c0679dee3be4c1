/* See bytes.h. */
#include "decode/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ns_res.h"
#include "abi/part_info.h"
#include "decode/mtd.h"

/* In the order in which they are taken where the bytes do not tell. */
static const uint32_t versions[] = {
	FFA_VERSION_1_1,
	FFA_VERSION_1_2,
	FFA_VERSION_1_0,
	FFA_VERSION_1_3,
};

/* Of which misfit a finding and a hint are worth how much. */
#define MISFIT_WRONG 16u
#define MISFIT_HINT 2u
#define MISFIT_NEVER 4096u

struct guess {
	enum kind kind;
	uint32_t version;
	unsigned misfit;
	unsigned count; /* other kinds that fit without a finding */
	enum kind others[KIND_COUNT];
};

/* --- Lengths ----------------------------------------------------------- */

/*
 * A dump of whole pages is one of TX or RX: the descriptor says where in it
 * it ends, or that a fragment of it fills them.
 */
static void settle_pages(struct blob *blob)
{
	const struct kind_info *info = kind_info(blob->kind);
	uint64_t length;

	if (blob->size == 0 || blob->size % PAGE_SIZE != 0 ||
		info->length == NULL)
		return;
	length = info->length(blob);
	if (length == 0 || length > UINT32_MAX)
		return;
	if (length > blob->size && !kind_is_transaction(blob->kind))
		return;
	blob->total = (uint32_t)length;
	if (length < blob->size)
		blob->size = (uint32_t)length;
	blob->fragment = blob->size;
}

static struct blob blob_of(const uint8_t *bytes, uint32_t size,
	const struct want *want, const struct guess *guess)
{
	struct blob blob = {
		.bytes = bytes,
		.size = size,
		.fragment = want->fragment,
		.total = want->total,
		.version = guess->version,
		.kind = guess->kind,
	};

	if (blob.total == 0 && blob.fragment == 0) {
		blob.fragment = size;
		blob.total = size;
		settle_pages(&blob);
		return blob;
	}
	if (blob.total == 0)
		blob.total = blob.fragment;
	if (blob.fragment == 0)
		blob.fragment = size < blob.total ? size : blob.total;
	if (blob.size > blob.fragment)
		blob.size = blob.fragment;
	return blob;
}

/* --- Guess ------------------------------------------------------------- */

/* Records without an id or without contexts: bytes that mean something else. */
static unsigned odd_records(const struct blob *blob)
{
	uint32_t size = part_info_size(blob->version);
	unsigned odd = 0;

	for (uint32_t at = 0; blob_has(blob, at, size); at += size)
		odd += blob_get(blob, at, 2) == 0 ||
		       blob_get(blob, at + 2, 2) == 0;
	return odd;
}

/* It says what it is. */
static bool is_signed(const struct blob *blob)
{
	uint64_t first = blob_get(blob, 0, 4);

	if (blob->kind == KIND_BOOT_INFO)
		return first == 0xffa && blob_get(blob, 6, 2) == 1;
	return blob->kind == KIND_NS_RES && first == NS_RES_SIZE &&
	       blob_get(blob, 8, 4) == NS_RES_SIZE;
}

/* What is no finding, and still speaks against the kind. */
static unsigned unlikely(const struct blob *blob)
{
	uint64_t handle = blob_get(blob, MTD_AT_HANDLE, 8);
	uint64_t attributes = blob_get(blob, MTD_AT_ATTRIBUTES, 1);
	uint64_t count = blob_get(blob, MTD_AT_COUNT, 4);
	bool whole =
		blob->size >= (blob->version == FFA_VERSION_1_0 ? MTD_V10_HEADER
								: MTD_HEADER);

	if (kind_is_transaction(blob->kind) && !whole)
		return 8 * MISFIT_WRONG;
	switch ((unsigned)blob->kind) {
	case KIND_SHARE:
		return attributes == 0;
	case KIND_RETRIEVE:
		return handle == 0 ? MISFIT_WRONG : 0;
	case KIND_HYPERVISOR:
		return (count != 0 ? MISFIT_NEVER : 0) +
		       (handle == 0 ? MISFIT_WRONG : 0);
	case KIND_RANGES:
		return blob_get(blob, 0, 8) == 0 ? MISFIT_WRONG : 3;
	case KIND_INFO:
		return 4 + MISFIT_WRONG * odd_records(blob);
	case KIND_RELINQUISH:
		return blob->size == kind_info(KIND_RELINQUISH)->length(blob)
			       ? 0
			       : MISFIT_WRONG;
	case KIND_BOOT_INFO:
	case KIND_NS_RES:
		return is_signed(blob) ? 0 : MISFIT_NEVER;
	default:
		return 0;
	}
}

static unsigned findings_of(const struct blob *blob)
{
	struct reading reading;
	size_t wrong;
	unsigned misfit;

	reading_begin(&reading, "descriptor");
	kind_info(blob->kind)->check(blob, &reading);
	wrong = reading_wrong_count(&reading);
	misfit = MISFIT_HINT * (unsigned)(reading.finding_count +
					  reading.finding_more - wrong) +
		 MISFIT_WRONG * (unsigned)wrong;
	reading_end(&reading);
	return misfit;
}

/* Keeps the better one; a kind that is as good is remembered. */
static void compare(struct guess *best, const struct guess *other, bool good)
{
	if (good && other->kind != best->kind && best->count < KIND_COUNT)
		best->others[best->count++] = other->kind;
	if (other->misfit >= best->misfit)
		return;
	best->kind = other->kind;
	best->version = other->version;
	best->misfit = other->misfit;
}

static void try_kind(const uint8_t *bytes, uint32_t size,
	const struct want *want, enum kind kind, struct guess *best)
{
	bool tells = kind_info(kind)->versions;

	for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
		struct guess guess = {.kind = kind, .version = versions[i]};
		struct blob blob;
		unsigned wrong;

		if (want->version != 0)
			guess.version = want->version;
		blob = blob_of(bytes, size, want, &guess);
		wrong = findings_of(&blob);
		guess.misfit = wrong + unlikely(&blob);
		if (is_signed(&blob))
			guess.misfit /= MISFIT_WRONG;
		compare(best, &guess, wrong == 0 && unlikely(&blob) <= 1);
		if (!tells || want->version != 0)
			return;
	}
}

static struct guess guess_of(
	const uint8_t *bytes, uint32_t size, const struct want *want)
{
	struct guess best = {.misfit = UINT32_MAX};

	for (unsigned i = KIND_UNKNOWN + 1; i < KIND_COUNT; i++)
		if (want->kind == KIND_UNKNOWN || want->kind == i)
			try_kind(bytes, size, want, (enum kind)i, &best);
	return best;
}

/* --- Reading ----------------------------------------------------------- */

static const char *guessed_words(const struct want *want, bool versions_matter)
{
	bool version = want->version == 0 && versions_matter;

	if (want->kind != KIND_UNKNOWN)
		return version ? "version" : NULL;
	return version ? "kind and version" : "kind";
}

/* "also good as: lend"; NULL where nothing else is. */
static char *others_words(const struct guess *guess)
{
	uint32_t named = 1u << guess->kind;
	char *out = NULL;

	for (unsigned i = 0; i < guess->count; i++) {
		enum kind kind = guess->others[i];
		char *longer;

		if (named & 1u << kind)
			continue;
		named |= 1u << kind;
		longer = text("%s%s%s", out != NULL ? out : "",
			out != NULL ? ", " : "", kind_info(kind)->option);
		free(out);
		out = longer;
	}
	return out;
}

static void set_title(struct reading *reading, const struct blob *blob,
	const char *guessed, const char *others)
{
	const struct kind_info *info = kind_info(blob->kind);
	char *version = say_version(blob->version);
	char *length = text("%" PRIu32 " bytes", blob->size);

	if (blob->size < blob->total) {
		free(length);
		length = text("%" PRIu32 " of %" PRIu32 " bytes", blob->size,
			blob->total);
	}
	free(reading->title);
	reading->title = text("%s%s%s, %s%s%s%s%s%s%s", info->title,
		info->versions ? ", FF-A " : "", info->versions ? version : "",
		length, guessed != NULL ? " (" : "",
		guessed != NULL ? guessed : "",
		guessed != NULL ? " guessed" : "",
		others != NULL ? "; would do as well: " : "",
		others != NULL ? others : "", guessed != NULL ? ")" : "");
	free(version);
	free(length);
}

static void set_heads(struct reading *reading, const struct blob *blob,
	const char *guessed, const char *others)
{
	const struct kind_info *info = kind_info(blob->kind);

	reading_head(reading, "kind", text("%s", info->option));
	if (info->versions)
		reading_head(reading, "version", say_version(blob->version));
	reading_number(reading, "size", blob->size);
	reading_number(reading, "total", blob->total);
	if (guessed != NULL)
		reading_head(reading, "guessed", text("%s", guessed));
	if (others != NULL)
		reading_head(reading, "also", text("%s", others));
}

static uint8_t *aligned_copy(const uint8_t *bytes, uint32_t size)
{
	uint8_t *copy = aligned_alloc(16, (size + 31ull) & ~15ull);

	if (copy == NULL)
		exit(2);
	memcpy(copy, bytes, size);
	return copy;
}

void read_bytes(const uint8_t *bytes, uint32_t size, const struct want *want,
	struct reading *reading)
{
	uint8_t *copy = aligned_copy(bytes, size);
	struct guess guess = guess_of(copy, size, want);
	struct blob blob = blob_of(copy, size, want, &guess);
	const struct kind_info *info = kind_info(guess.kind);
	const char *guessed = guessed_words(want, info->versions);
	char *others = NULL;

	if (want->kind == KIND_UNKNOWN)
		others = others_words(&guess);
	reading_begin(reading, "descriptor");
	reading->answer = info->answer;
	set_title(reading, &blob, guessed, others);
	set_heads(reading, &blob, guessed, others);
	info->check(&blob, reading);
	info->show(&blob, reading);
	reading_name_findings(reading);
	free(others);
	free(copy);
}

unsigned bytes_misfit(
	const uint8_t *bytes, uint32_t size, const struct want *want)
{
	uint8_t *copy = aligned_copy(bytes, size);
	unsigned misfit = guess_of(copy, size, want).misfit;

	free(copy);
	return misfit;
}
