/*
 * The protocol of the tests for death and restart: a direct request (64-bit)
 * with a command in x3 and an argument in x4; the response has the result in
 * x3. A partition that dies does not respond.
 */
#ifndef TEST_LIFE_H
#define TEST_LIFE_H

enum life_command {
	LIFE_COUNT,    /* -> x3: requests that this life has seen */
	LIFE_CHECK,    /* -> x3: bytes of its area that are not zero */
	LIFE_DIRTY,    /* writes all over its area, and its code's last page */
	LIFE_MAP,      /* RX/TX -> x3 enum ffa_status */
	LIFE_LEND,     /* two pages of its area to the other -> x3 handle */
	LIFE_RETRIEVE, /* x4 handle, of the other -> x3 enum ffa_status */
	LIFE_GIVE,     /* x4 handle -> x3 enum ffa_status */
	LIFE_DIE,      /* x4 enum life_death */
};

enum life_death {
	DEATH_UNDEFINED, /* an exception that nobody handles, for ever */
	DEATH_ABORT,     /* FFA_ABORT */
	DEATH_BRANCH,    /* to where nothing is */
	DEATHS,
};

#define LIFE_SP1 0x8001 /* is restarted */
#define LIFE_SP2 0x8002 /* stays down when it dies */

/* In the package, behind the image. */
#define LIFE_AREA 0x80000ul
#define LIFE_AREA_SIZE 0x10000ul

#endif
