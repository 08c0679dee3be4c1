/*
 * What the kernel module asks of the partition, in direct requests (64-bit):
 * the operation in x3, its arguments in x4 to x7; the answer has a status in
 * x3 (FFA_OK, an FF-A status, or SHARE_WRONG) and a value in x4. Included by
 * both, so it has nothing but these numbers.
 */
#ifndef CLIENTS_LINUX_SHARE_H
#define CLIENTS_LINUX_SHARE_H

/*
 * x4 = handle, x5 = tag and seed: retrieve, look at the pages, change them,
 * give them back. Value: pages of 4 KiB.
 */
#define SHARE_VISIT 1
/* x4 = handle, x5 = tag: retrieve and keep, one at a time a CPU. */
#define SHARE_HOLD 2
/* Give back what is kept. */
#define SHARE_LET_GO 3
/* x4 = bits, x5 = flags of FFA_NOTIFICATION_SET: set them for the caller. */
#define SHARE_SIGNAL 4
/* Value: the bits that the caller has set since the last time. */
#define SHARE_HEAR 5
/* x4 = bits, x5 = flags: FFA_NOTIFICATION_BIND with the caller as sender. */
#define SHARE_LISTEN 6
/* Value: how often the calling CPU's context was asked something. */
#define SHARE_COUNT 7

#define SHARE_WRONG 1 /* a page did not hold what it should */

/* One call has at most so many pages; ranges may be as many. */
#define SHARE_PAGES_MAX 4096
#define SHARE_PAGE_SIZE 4096

/*
 * Of each page of 4 KiB, the first and the last eight bytes are looked at:
 * the owner writes SHARE_WORD(seed, page), the partition its complement.
 */
#define SHARE_WORD(seed, page) (((seed) + (page)) * 0x9e3779b97f4a7c15ull)

#endif
