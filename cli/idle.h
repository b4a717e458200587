/*
 * Work that must not be felt: only processor time and disk time that nobody else wants.
 */
#pragma once

/* Makes this process, and all that it starts from now on, idle for the scheduler and the disk. What
 * the kernel refuses is left as it was: it is a courtesy. */
void idle_begin(void);
