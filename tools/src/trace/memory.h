/*
 * Memory over time: regions that somebody did something with, in each a lane
 * a party, in each lane what it holds from which column on.
 */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include "trace/svg.h"

enum hold {
	HOLD_NONE,
	HOLD_OFFERED,  /* may retrieve it */
	HOLD_OWN,      /* the owner, with its own access */
	HOLD_SHARED,   /* the same while others may have it, too */
	HOLD_LENT,     /* the owner, without access */
	HOLD_GIVEN,    /* the same, until the receiver takes it */
	HOLD_BORROWED, /* retrieved */
};

enum item_kind {
	ITEM_SPAN,    /* something is held from here on */
	ITEM_REFUSED, /* a call about it was refused */
	ITEM_FAULT,   /* an access was not let through */
	ITEM_STOPPED, /* the party was */
};

/* In a lane, in order of columns. */
struct item {
	enum item_kind kind;
	size_t column;
	size_t last; /* of a span: the column where it ends */
	enum hold hold;
	bool known; /* the access is */
	uint8_t access;
	size_t shown; /* of a mark */
	bool guessed; /* the trace does not say that it is about this region */
};

struct lane {
	uint16_t party;
	struct item *item;
	size_t count;
	size_t room;
	size_t span; /* the one that goes on, as index + 1; 0: none */
};

#define LANES_MAX 12

struct region {
	uint64_t base;
	uint64_t handle; /* of its last transaction */
	uint32_t pages;
	uint32_t ranges;
	bool faults;    /* nobody did anything but fail to access it */
	size_t first;   /* column in which it appears, */
	size_t touched; /* and of the last thing about it */
	struct lane lane[LANES_MAX];
	unsigned lanes;
};

struct column {
	size_t shown;
	double x;
	double width;
};

struct chapter {
	size_t shown;
	size_t column; /* its first one */
};

struct memory {
	const struct story *story;
	struct region *region;
	size_t regions;
	size_t region_room;
	struct column *column;
	size_t columns;
	struct chapter *chapter;
	size_t chapters;
	double right; /* end of the last column */
};

/* Where the first column begins. */
#define MEMORY_LEFT 236

/* What a span or a mark has written on it. */
void item_label(
	const struct memory *memory, const struct item *item, char label[40]);

void refusal_label(const struct entry *entry, char label[40]);

#endif
