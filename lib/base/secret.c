#include "base/secret.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAPPED = SECRET_MAX + 1 };

void
secret_release(struct secret *secret)
{
	if (secret->text) {
		explicit_bzero(secret->text, MAPPED);
		munmap(secret->text, MAPPED);
	}
	*secret = (struct secret){ 0 };
}

/* Fresh pages in *out. */
static int
allocate(struct secret *out, struct error *err)
{
	void *pages =
		mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return error_no_memory(err);
	*out = (struct secret){ .text = pages };
	/* Locking is bounded for users; what cannot be locked is still a secret. */
	mlock(pages, MAPPED);
	if (madvise(pages, MAPPED, MADV_DONTDUMP) || madvise(pages, MAPPED, MADV_WIPEONFORK)) {
		secret_release(out);
		return error_set_os(
			err, REASON_INTERNAL, errno, "the memory of a secret cannot be kept apart");
	}
	return 0;
}

/* Whether the text of SECRET may stand in a header line. */
static int
check(const struct secret *secret, const char *what, struct error *err)
{
	if (secret->length == 0)
		return error_set(err, REASON_CONFIG, 0, "%s: is empty", what);
	for (size_t i = 0; i < secret->length; i++)
		if (secret->text[i] <= ' ' || secret->text[i] > '~')
			return error_set(err, REASON_CONFIG, 0,
				"%s: holds a character that no key has (one line of printable ASCII is "
				"expected)",
				what);
	return 0;
}

int
secret_copy(
	const char *bytes, size_t length, const char *what, struct secret *out, struct error *err)
{
	struct secret secret;

	if (length > SECRET_MAX)
		return error_set(
			err, REASON_CONFIG, 0, "%s: longer than %d bytes", what, SECRET_MAX);
	if (allocate(&secret, err))
		return -1;
	memcpy(secret.text, bytes, length);
	secret.length = length;
	if (check(&secret, what, err)) {
		secret_release(&secret);
		return -1;
	}
	*out = secret;
	return 0;
}

/* Fills the pages of SECRET from FD. */
static int
fill(struct secret *secret, int fd, const char *what, struct error *err)
{
	ssize_t got;

	do {
		got = read(fd, secret->text + secret->length, MAPPED - secret->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_os(err, REASON_CONFIG, errno, "%s: cannot be read", what);
		secret->length += (size_t)got;
	} while (got != 0 && secret->length < MAPPED);
	if (secret->length > SECRET_MAX)
		return error_set(
			err, REASON_CONFIG, 0, "%s: longer than %d bytes", what, SECRET_MAX);
	while (secret->length && strchr(" \t\r\n", secret->text[secret->length - 1]))
		secret->text[--secret->length] = '\0';
	return check(secret, what, err);
}

int
secret_read(int fd, const char *what, struct secret *out, struct error *err)
{
	struct secret secret;

	if (allocate(&secret, err))
		return -1;
	if (fill(&secret, fd, what, err)) {
		secret_release(&secret);
		return -1;
	}
	*out = secret;
	return 0;
}

int
secret_take_variable(const char *name, struct secret *out, struct error *err)
{
	char *value = getenv(name);
	int result = 0;

	if (!value)
		return 0;
	if (value[0])
		result = secret_copy(value, strlen(value), name, out, err);
	explicit_bzero(value, strlen(value));
	unsetenv(name);
	return result;
}

int
secret_pass_on(const struct secret *secret, bool pass, struct error *err)
{
	if (secret->text && madvise(secret->text, MAPPED, pass ? MADV_KEEPONFORK : MADV_WIPEONFORK))
		return error_set_os(err, REASON_INTERNAL, errno,
			"it cannot be said which child processes have a key");
	return 0;
}

int
secret_harden(struct error *err)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return error_set_os(err, REASON_INTERNAL, errno,
			"core dumps, which could hold a key, cannot be forbidden");
	return 0;
}
