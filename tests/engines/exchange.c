/*
 * Two names change places in one step, which mv cannot do; exits with 1 where the kernel refuses.
 *
 *     exchange NAME OTHER
 */
#include <fcntl.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	return argc != 3 || renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) != 0;
}
