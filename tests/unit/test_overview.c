/* Who serves requests, by the files of a machine that are made here. */
#include "cli/overview.h"

#include "base/mem.h"
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>

static char root[] = "/tmp/nimgate-overview.XXXXXX";

/* Makes the directories above PATH below the root, and a file there. */
static void
make(const char *path)
{
	char text[512];
	cleanup_fd int fd = -1;

	snprintf(text, sizeof(text), "%s/%s", root, path);
	for (char *slash = text + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(text, 0755);
		*slash = '/';
	}
	fd = open(text, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
}

static void
check_service(enum overview_service wanted, const char *name)
{
	enum overview_service found = overview_find_service(root);

	check(found == wanted, name, "wanted %d, found %d", wanted, found);
}

int
main(void)
{
	char command[128];

	if (!mkdtemp(root))
		return 1;
	check_service(OVERVIEW_SERVICE_NO_SYSTEMD, "no systemd");
	make("usr/lib/systemd/system/nimgate-verify.path");
	check_service(OVERVIEW_SERVICE_NO_SYSTEMD, "files, and no systemd");
	make("run/systemd/system/x");
	check_service(OVERVIEW_SERVICE_OFF, "installed, not enabled");
	make("etc/systemd/system/paths.target.wants/other.path");
	check_service(OVERVIEW_SERVICE_OFF, "another one is enabled");
	make("etc/systemd/system/paths.target.wants/nimgate-verify.path");
	check_service(OVERVIEW_SERVICE_ON, "enabled");
	snprintf(command, sizeof(command), "rm -rf '%s/usr' '%s/etc'", root, root);
	if (system(command)) /* NOLINT(cert-env33-c): a test */
		perror(command);
	check_service(OVERVIEW_SERVICE_ABSENT, "not installed");
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command)) /* NOLINT(cert-env33-c): a test */
		perror(command);
	return check_end();
}
