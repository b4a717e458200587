#include "guard/contain.h"

#include "base/error.h"
#include "base/mem.h"
#include "guard/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { SOCKET_PLACE = 3 };

/* Landlock as the kernel's documentation has it; headers older than the kernel know less. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif
#define LANDLOCK_VERSION (1u << 0) /* flag: asks for the ABI's version */

struct landlock_ruleset {
	uint64_t files;
	uint64_t network; /* from ABI 4 on */
	uint64_t scopes;  /* from ABI 6 on */
};

static int
fail(struct error *err, const char *what)
{
	return error_set_os(err, REASON_INTERNAL, errno, "containment: %s", what);
}

int
contain_descriptors(int *socket, struct error *err)
{
	int null;

	if (*socket != SOCKET_PLACE) {
		if (dup3(*socket, SOCKET_PLACE, O_CLOEXEC) < 0)
			return fail(err, "the socket cannot be moved");
		*socket = SOCKET_PLACE;
	}
	for (int fd = 0; fd < SOCKET_PLACE; fd++)
		close(fd);
	if (close_range(SOCKET_PLACE + 1, ~0u, 0))
		return fail(err, "descriptors cannot be closed");
	/* A root without /dev is no reason to fail: then these three are just closed. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (null < 0)
		return 0;
	if (dup3(null, 1, O_CLOEXEC) < 0 || dup3(null, 2, O_CLOEXEC) < 0)
		return fail(err, "/dev/null cannot be duplicated");
	return 0;
}

/* The monitor's handlers are not for us, and some engines start hooks with signals blocked. */
static int
reset_signals(struct error *err)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* refused for SIGKILL and the like, which have none */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		return fail(err, "signals cannot be unblocked");
	return 0;
}

static int
become_nobody(struct error *err)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL))
		return fail(err, "groups cannot be given up");
	if (setresgid(SPAWN_USER, SPAWN_USER, SPAWN_USER))
		return fail(err, "cannot become group nobody");
	if (setresuid(SPAWN_USER, SPAWN_USER, SPAWN_USER))
		return fail(err, "cannot become user nobody");
	return 0;
}

/* All processes of nobody on this host count, a co-tenant's, too, who could have the hasher's
 * threads refused: as many as may be. */
static void
raise_processes(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	/* Above the hard limit with CAP_SYS_RESOURCE alone. */
	if (setrlimit(RLIMIT_NPROC, &limit) && getrlimit(RLIMIT_NPROC, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NPROC, &limit);
	}
}

int
contain_capabilities(uint64_t kept, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const uint32_t low = (uint32_t)kept, high = (uint32_t)(kept >> 32);
	const struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = low, .permitted = low },
		{ .effective = high, .permitted = high },
	};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return fail(err, "ambient capabilities cannot be cleared");
	if (syscall(SYS_capset, &header, sets))
		return fail(err, kept ? "it lacks a capability that it needs"
				      : "capabilities cannot be given up");
	return 0;
}

int
contain_landlock(void)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* All rights that the running ABI knows are handled and none is granted. */
static int
restrict_files(struct error *err)
{
	static const unsigned int file_rights[] = { 0, 13, 14, 15, 15, 16 }; /* by ABI */
	const int abi = contain_landlock();
	struct landlock_ruleset ruleset = { 0 };
	cleanup_fd int fd = -1;
	size_t last = ARRAY_SIZE(file_rights) - 1;

	if (abi < 1)
		return 0;
	ruleset.files = (1u << file_rights[(size_t)abi < last ? (size_t)abi : last]) - 1;
	ruleset.network = abi >= 4 ? 3 : 0;
	ruleset.scopes = abi >= 6 ? 3 : 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return fail(err, "no Landlock ruleset");
	if (syscall(SYS_landlock_restrict_self, fd, 0))
		return fail(err, "the Landlock ruleset is not accepted");
	return 0;
}

int
contain_identity(const char *name, pid_t parent, uint64_t kept, struct error *err)
{
	umask(077);
	if (chdir("/"))
		return fail(err, "the working directory cannot be left");
	raise_processes();
	/* Without it, becoming nobody would take them all away. */
	if (kept && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return fail(err, "capabilities cannot be kept");
	if (reset_signals(err) || become_nobody(err) || contain_capabilities(kept, err))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail(err, "no_new_privs cannot be set");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fail(err, "the memory cannot be hidden");
	if (prctl(PR_SET_NAME, name, 0, 0, 0))
		return fail(err, "the process cannot be named");
	/* Last, because a change of user clears it; then the parent may be gone already. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return fail(err, "cannot be bound to the parent's life");
	if (getppid() != parent)
		return error_set(err, REASON_INTERNAL, 0, "containment: the parent is gone");
	return 0;
}

int
contain_privileges(const char *name, pid_t parent, uint64_t kept, struct error *err)
{
	if (contain_identity(name, parent, kept, err))
		return -1;
	return kept ? 0 : restrict_files(err);
}

/* Lowers the soft limit to MAX and the hard one to MAX + MARGIN, unless they are lower already. */
static int
lower(__rlimit_resource_t resource, rlim_t max, rlim_t margin, const char *what, struct error *err)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return fail(err, what);
	if (limit.rlim_max > max + margin)
		limit.rlim_max = max + margin;
	limit.rlim_cur = limit.rlim_max < max ? limit.rlim_max : max;
	if (setrlimit(resource, &limit))
		return fail(err, what);
	return 0;
}

int
contain_limits(const struct contain_limits *limits, struct error *err)
{
	/* Never RLIMIT_FSIZE: its signal kills where standard output is a file. */
	if (lower(RLIMIT_CORE, 0, 0, "core dumps cannot be forbidden", err))
		return -1;
	if (lower(RLIMIT_NOFILE, limits->descriptors_max, 0, "descriptors cannot be bounded", err))
		return -1;
	if (limits->memory_max &&
		lower(RLIMIT_AS, limits->memory_max, 0, "memory cannot be bounded", err))
		return -1;
	/* With a margin, so that it dies of SIGXCPU, which tells more than SIGKILL. */
	if (limits->cpu_seconds &&
		lower(RLIMIT_CPU, limits->cpu_seconds, 1, "processor time cannot be bounded", err))
		return -1;
	return 0;
}

int
contain_processes(struct error *err)
{
	return lower(RLIMIT_NPROC, 0, 0, "further processes cannot be forbidden", err);
}
