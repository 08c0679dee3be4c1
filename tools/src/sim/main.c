/* escrow-sim: see the man page. */
#include <stdio.h>
#include <string.h>

#include "sim/replay.h"

int main(int argc, char **argv)
{
	struct replay_options options = {.trace = argc > 3};

	return argc > 2 ? replay_file(argv[2], &options) : 2;
}
