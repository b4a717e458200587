/*
 * Looks for the key of the receipts in the memory of a process, stopped or asleep.
 *
 *   peek FOLDER PID
 *
 * FOLDER is that of the journal. Looks for the host's key, for the one of the rows that is made of
 * it, for what HMAC hashes first of each (RFC 2104), and for the states of SHA-256 behind that,
 * which are as good as the key. Prints what is there. Exit status 0: nothing; 1: something.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the state itself is what is looked for */

#include "base/error.h"
#include "base/mem.h"
#include "border/mac.h"
#include "receipt/journal_key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, PATTERNS = 10, CHUNK = 1 << 20 };

static struct {
	const char *name;
	uint8_t bytes[MAC_KEY_BYTES];
} patterns[PATTERNS];
static size_t count, found;

static void
add(const char *name, const void *bytes)
{
	patterns[count].name = name;
	memcpy(patterns[count++].bytes, bytes, MAC_KEY_BYTES);
}

static void
add_padded(const char *name, const char *state, const uint8_t *key, uint8_t pad)
{
	uint8_t block[BLOCK];
	SHA256_CTX hash;

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)((i < MAC_KEY_BYTES ? key[i] : 0) ^ pad);
	SHA256_Init(&hash);
	SHA256_Update(&hash, block, sizeof(block));
	add(name, block);
	add(state, hash.h);
}

/* As receipt/journal_key.c makes the key of the rows. */
static int
add_all(const char *folder)
{
	char path[4096], machine[128] = "nimgate receipts 1\n";
	uint8_t key[MAC_KEY_BYTES], rows[MAC_BYTES];
	size_t length = strlen(machine);
	cleanup_fd int fd = -1, id = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t got = id < 0 ? 0 : read(id, machine + length, 64);
	struct error err;
	struct mac *mac;

	snprintf(path, sizeof(path), "%s/%s", folder, JOURNAL_KEY_FILE);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, key, sizeof(key)) != MAC_KEY_BYTES)
		return -1;
	mac = mac_open(key, &err);
	if (!mac || mac_compute(mac, machine, length + (got > 0 ? (size_t)got : 0), rows, &err))
		return -1;
	add("the host's key", key);
	add_padded("the host's key, inner", "the host's key, inner state", key, 0x36);
	add_padded("the host's key, outer", "the host's key, outer state", key, 0x5c);
	add("the rows' key", rows);
	add_padded("the rows' key, inner", "the rows' key, inner state", rows, 0x36);
	add_padded("the rows' key, outer", "the rows' key, outer state", rows, 0x5c);
	return 0;
}

static void
look(const uint8_t *bytes, size_t length, uint64_t at)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *place = memmem(bytes, length, patterns[i].bytes, MAC_KEY_BYTES);

		if (!place)
			continue;
		printf("%s at %" PRIx64 "\n", patterns[i].name, at + (uint64_t)(place - bytes));
		found++;
	}
}

/* One mapping, in parts that overlap. */
static void
look_at(int memory, uint64_t from, uint64_t to, uint64_t *seen)
{
	static uint8_t bytes[CHUNK];
	ssize_t got;

	for (uint64_t at = from; at < to; at += CHUNK - MAC_KEY_BYTES) {
		size_t length = to - at < CHUNK ? (size_t)(to - at) : CHUNK;

		got = pread(memory, bytes, length, (off_t)at);
		if (got <= 0)
			return; /* no page behind it, as [vvar] has */
		*seen += (uint64_t)got;
		look(bytes, (size_t)got, at);
	}
}

int
main(int argc, char *argv[])
{
	char path[64], line[4096];
	cleanup_file FILE *maps = NULL;
	cleanup_fd int memory = -1;
	uint64_t from, to, seen = 0;

	if (argc != 3 || add_all(argv[1])) {
		fprintf(stderr, "usage: peek FOLDER PID\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[2]);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[2]);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || memory < 0) {
		perror(path);
		return 2;
	}
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " r", &from, &to) == 2)
			look_at(memory, from, to, &seen);
	/* A process that has ended has no memory; a page or two would be no look at all. */
	if (seen < CHUNK / 4) {
		fprintf(stderr, "peek: only %" PRIu64 " bytes could be read\n", seen);
		return 2;
	}
	return found != 0;
}
