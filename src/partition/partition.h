/*
 * A partition: an endpoint with a manifest, RX/TX buffers and execution
 * contexts. The normal world is one, too: id 0, one context per CPU, no
 * tables here, entered through the firmware.
 */
#ifndef PARTITION_PARTITION_H
#define PARTITION_PARTITION_H

#include "engine/buffers.h"
#include "engine/endpoint.h"
#include "partition/notify.h"
#include "partition/vcpu.h"
#include "stage2/s2_space.h"

#define PARTITION_NAME_SIZE 24
#define PARTITION_UUIDS_MAX 4
#define PARTITION_LOG_SIZE 128
#define PARTITION_INTERRUPTS_MAX 16
/* At boot: its package, cut by each of its regions. */
#define PARTITION_TITLES_MAX (1 + 2 * 16)

/* What happens to the normal world's interrupts while the partition runs. */
enum ns_action {
	NS_ACTION_QUEUED = 0,
	NS_ACTION_MANAGED_EXIT = 1,
	NS_ACTION_SIGNALED = 2,
};

/* sri-interrupts-policy: the scheduler gives the cycles for interrupts. */
#define SRI_WHEN_WAITING (1u << 0) /* that come while it waits */
#define SRI_BEFORE_WAIT (1u << 1)  /* that are pending when it begins to */

/* Values of abort-action: what follows the death of a partition. */
enum abort_action {
	ABORT_STOP,
	ABORT_DESTROY, /* its memory becomes the manager's */
	ABORT_RESTART,
	ABORT_PROPAGATE, /* a panic */
};

/* How far that is. Chain lock. */
enum afterlife {
	AFTERLIFE_NONE,    /* nothing is to come: it lives, or stays down */
	AFTERLIFE_AWAITED, /* its memory may not all be back yet */
	AFTERLIFE_WORKING, /* a CPU works on the memory */
	AFTERLIFE_READY,   /* it starts again as soon as a CPU can do that */
};

/* Restarts in a row without a request that it has served. */
#define PARTITION_RESTARTS_MAX 8

/* What a partition that may be restarted was at boot; the copy follows it, on
 * pages of its own. */
struct pristine {
	struct range package; /* where the copy belongs: its first pages */
	const uint8_t *copy;
	uint32_t version;
	bool has_notifications;
	bool has_buffers; /* mapped by its manifest */
	struct buffer_pair buffers;
	uint32_t title_count;
	struct {
		struct range range;
		struct access access;
	} title[PARTITION_TITLES_MAX];
};

enum rx_state {
	RX_EMPTY,       /* the manager's: may be written */
	RX_TAKEN,       /* a call is writing to it */
	RX_FULL,        /* the endpoint's, until it releases it */
	RX_OTHER_WORLD, /* a hypervisor's, until it releases it for its VM */
};

/* The RX/TX pair. Spec: FF-A 1.2 §7.2. Chain lock. */
struct mailbox {
	bool mapped;
	enum rx_state rx;
	struct buffer_pair pair;
	uint32_t rx_written; /* bytes of RX that are not zero, at most */
	uint32_t tx_readers; /* calls that are copying from TX */
};

struct partition_service {
	uint8_t uuid[16];    /* bytes in text order */
	uint32_t properties; /* FFA_PROPERTY_* of this service */
};

/* A device's interrupt, as the partition's manifest gives it. */
struct partition_interrupt {
	uint32_t intid;
	uint32_t attributes; /* INTERRUPT_* */
	uint64_t target;     /* MPIDR of the processor that takes it */
};

#define INTERRUPT_PRIORITY 0xffu
#define INTERRUPT_LEVEL (1u << 9) /* else edge-triggered */
#define INTERRUPT_ANY_CPU UINT64_MAX
#define INTERRUPT_SHARED 32u /* below are those that each CPU has */

struct partition {
	struct endpoint ep;
	char name[PARTITION_NAME_SIZE];
	uint32_t version;        /* FF-A version in force at this instance */
	bool version_negotiated; /* by FFA_VERSION, not by the manifest alone */
	bool version_locked;
	uint32_t service_count;
	struct partition_service service[PARTITION_UUIDS_MAX];
	uint8_t image_uuid[16]; /* nil where the manifest has none */
	enum ns_action ns_action;
	bool queues_secure;  /* other partitions' interrupts wait for it */
	bool exits_by_irq;   /* managed exit is signalled by IRQ, not FIQ */
	uint32_t sri_policy; /* SRI_* */
	bool power_messages; /* is told when a CPU goes down */
	uint16_t boot_order;
	uint16_t vcpu_count;
	struct vcpu *vcpus; /* vcpu_count of them */
	uint32_t interrupt_count;
	struct partition_interrupt interrupt[PARTITION_INTERRUPTS_MAX];
	struct mailbox mailbox;
	struct notify notify;     /* of the normal world: id 0's */
	struct space space;       /* not used by the normal world */
	uint64_t entry;           /* first instruction of every context */
	uint64_t secondary_entry; /* FFA_SECONDARY_EP_REGISTER, or `entry` */
	uint64_t boot_info;       /* address of the blob, 0 = none */
	int boot_info_register;   /* x register that gets it, -1 = none */
	bool started;             /* its first context has been entered */
	enum abort_action abort_action;
	enum afterlife afterlife;
	uint32_t restarts;               /* since it served a request */
	const struct pristine *pristine; /* ABORT_RESTART only */
	bool initialised;                /* that one reached MSG_WAIT */
	/* FFA_CONSOLE_LOG, until a newline */
	char log[PARTITION_LOG_SIZE];
	uint32_t log_length;
};

/*
 * A virtual machine of the normal world, as far as its hypervisor has told us
 * of it: the pair that it mapped, the bitmaps that it created. Chain lock.
 */
struct nwd_vm {
	uint16_t id; /* FFA_ID_NWD: none */
	struct mailbox mailbox;
	struct notify notify;
};

/* It is dead, and not for good. */
static inline bool partition_is_to_restart(const struct partition *partition)
{
	return partition->abort_action == ABORT_RESTART &&
	       partition->afterlife != AFTERLIFE_NONE;
}

#endif
