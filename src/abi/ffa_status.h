/*
 * FF-A status codes. Spec: FF-A 1.2 §12.1, table of error status codes.
 */
#ifndef ABI_FFA_STATUS_H
#define ABI_FFA_STATUS_H

enum ffa_status {
	FFA_OK = 0,
	FFA_NOT_SUPPORTED = -1,
	FFA_INVALID_PARAMETERS = -2,
	FFA_NO_MEMORY = -3,
	FFA_BUSY = -4,
	FFA_INTERRUPTED = -5,
	FFA_DENIED = -6,
	FFA_RETRY = -7,
	FFA_ABORTED = -8,
	FFA_NO_DATA = -9,
	FFA_NOT_READY = -10,
};

#endif
