/* Hundreds of deaths. */
#include "life_nwd.h"
#include "lib/guest.h"

void guest_main(void)
{
	life_nwd(100);
}
