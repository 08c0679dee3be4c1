/* Where the simulator's guests print. */
#ifndef HOST_SIM_GUEST_H
#define HOST_SIM_GUEST_H

#include <stdio.h>

void sim_guest_console(FILE *file);

#endif
