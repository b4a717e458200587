#include "cli/stop.h"

#include "base/error.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>

static volatile sig_atomic_t caught;

static void
note(int number)
{
	caught = number;
}

void
stop_catch(void)
{
	const struct sigaction action = { .sa_handler = note };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

bool
stop_asked(void)
{
	return caught != 0;
}

int
stop_give_up(void *context, struct error *err)
{
	(void)context;
	return caught ? error_set(err, REASON_DEADLINE, 0, "stopped by signal %d", (int)caught) : 0;
}

void
stop_end(void)
{
	int number = caught;

	if (!number)
		return;
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}
