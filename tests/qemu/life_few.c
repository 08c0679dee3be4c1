/* A few deaths: a capture is slow. */
#include "life_nwd.h"
#include "lib/guest.h"

void guest_main(void)
{
	life_nwd(6);
}
