/*
 * A stream: the unit of hashing. A file, or a byte range of one where the signature is sharded.
 */
#pragma once

#include "base/reason.h"
#include "border/digest.h"

#include <stdbool.h>
#include <stdint.h>

/* A sequence of bytes in a file. */
struct stream {
	int fd;
	enum digest_algorithm algorithm;
	uint64_t offset; /* bytes */
	uint64_t length; /* exactly so many bytes must be there; with TO_END nothing may follow them
			  */
	bool to_end;
	bool direct; /* fd is open with O_DIRECT: offset is, and without TO_END length, a multiple
			of DIRECT_ALIGNMENT (hash/direct.h) */
};

/* What became of one stream. */
struct stream_result {
	uint32_t index;
	struct digest digest; /* DIGEST_NONE when it failed */
	enum reason reason;   /* REASON_NONE, or why it failed: REASON_IO, REASON_BUSY (shorter or
				 longer than said), REASON_INTERNAL (the kernel of the hash) */
	int os_errno;         /* of REASON_IO, else 0 */
};
