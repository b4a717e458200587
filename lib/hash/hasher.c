#include "hash/hasher.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "guard/tables.h"
#include "guard/wire.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
	MESSAGE_STREAM = 1,
	MESSAGE_RESULT = 2,

	DESCRIPTORS_BESIDE = 16,      /* standard ones, the socket, one on its way */
	THREAD_MEMORY_BYTES = 4 << 20 /* stack, guard, buffer and contexts take a fifth */
};

/* What the child works with: its own copy of its parent's, but for the page behind PROGRESS. */
struct server {
	size_t threads;
	_Atomic uint64_t *progress;
	struct engine *engine;
	pthread_mutex_t sending; /* one message at a time */
	int socket;
};

static void
put_result(struct wire_message *message, const struct stream_result *result)
{
	message->type = MESSAGE_RESULT;
	wire_put_u32(message, result->index);
	wire_put_u32(message, result->reason);
	wire_put_u32(message, (uint32_t)result->os_errno);
	wire_put_u32(message, result->digest.algorithm);
	wire_put_bytes(message, result->digest.bytes, digest_size(result->digest.algorithm));
}

/* Called by the workers. */
static void
send_result(void *context, const struct stream_result *result)
{
	struct server *server = context;
	struct wire_message message = { 0 };
	struct error err;
	int sent;

	put_result(&message, result);
	pthread_mutex_lock(&server->sending);
	sent = wire_send(server->socket, &message, -1, &err);
	pthread_mutex_unlock(&server->sending);
	wire_release(&message);
	if (sent)
		_exit(1); /* nobody is left to tell */
}

static int
prepare(void *context, int socket, struct error *err)
{
	struct server *server = context;
	const struct engine_options options = {
		.threads = server->threads,
		.done = send_result,
		.context = server,
		.progress = server->progress,
	};

#ifdef M_ARENA_MAX
	/* One heap for all threads: they allocate next to nothing, and each heap of its own would
	   reserve 64 MiB and need mprotect(). */
	mallopt(M_ARENA_MAX, 1);
#endif
	server->socket = socket;
	if (digest_warm_up(err))
		return -1;
	server->engine = engine_open(&options, err);
	return server->engine ? 0 : -1;
}

static int
serve(void *context, int socket)
{
	struct server *server = context;
	struct error err;
	int fd = -1, result;

	for (;;) {
		struct wire_message message = { 0 };
		struct stream stream = { .fd = -1 };
		uint32_t index;

		result = wire_receive(socket, -1, &message, &fd, &err);
		if (result <= 0)
			return result == 0 ? 0 : 1;
		index = wire_get_u32(&message);
		stream.algorithm = (enum digest_algorithm)wire_get_u32(&message);
		stream.offset = wire_get_u64(&message);
		stream.length = wire_get_u64(&message);
		stream.to_end = wire_get_u32(&message) != 0;
		stream.fd = fd;
		if (message.type != MESSAGE_STREAM || !wire_is_whole(&message) || fd < 0)
			return 1;
		wire_release(&message);
		if (engine_submit(server->engine, index, &stream, &err))
			return 1;
	}
}

/* As many streams as the engine takes and descriptors allow; 0 where there is room for none. */
static size_t
count_streams(size_t threads)
{
	size_t wanted = engine_capacity_of(threads);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max <= DESCRIPTORS_BESIDE)
		return 0;
	if (wanted > limit.rlim_max - DESCRIPTORS_BESIDE)
		return (size_t)limit.rlim_max - DESCRIPTORS_BESIDE;
	return wanted;
}

int
hasher_start(struct hasher *hasher, const struct hasher_options *options, struct error *err)
{
	size_t threads = engine_threads(options->threads);
	struct hasher started = { .capacity = count_streams(threads) };
	struct server server = { .threads = threads, .sending = PTHREAD_MUTEX_INITIALIZER };
	const struct spawn_options spawn = {
		.name = "hasher",
		.table = &tables_hasher,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES + threads * THREAD_MEMORY_BYTES,
		.descriptors_max = (unsigned int)(started.capacity + DESCRIPTORS_BESIDE),
		.prepare = prepare,
		.serve = serve,
		.context = &server,
	};
	void *page;

	if (!started.capacity)
		return error_set(err, REASON_INTERNAL, EMFILE,
			"hasher: this process may have only %d files open, or fewer",
			DESCRIPTORS_BESIDE);
	page = mmap(NULL, sizeof(*started.progress), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return error_no_memory(err);
	started.progress = server.progress = page;
	if (spawn_start(&spawn, &started.child, err)) {
		munmap(page, sizeof(*started.progress));
		return -1;
	}
	*hasher = started;
	return 0;
}

size_t
hasher_capacity(const struct hasher *hasher)
{
	return hasher->capacity;
}

int
hasher_submit(struct hasher *hasher, uint32_t index, const struct stream *stream, struct error *err)
{
	cleanup_message struct wire_message message = { .type = MESSAGE_STREAM };

	if (hasher->outstanding >= hasher->capacity)
		return error_set(err, REASON_INTERNAL, 0,
			"hasher: %zu streams are outstanding, no more fit", hasher->outstanding);
	if (digest_size(stream->algorithm) == 0 || stream->fd < 0)
		return error_set(err, REASON_INTERNAL, 0,
			"hasher: stream %u has no algorithm or no descriptor", index);
	wire_put_u32(&message, index);
	wire_put_u32(&message, stream->algorithm);
	wire_put_u64(&message, stream->offset);
	wire_put_u64(&message, stream->length);
	wire_put_u32(&message, stream->to_end);
	if (wire_send(hasher->child.socket, &message, stream->fd, err))
		return error_wrap(err, "hasher");
	hasher->outstanding++;
	return 0;
}

/* What an honest child can say about a stream. */
static bool
is_sound(const struct stream_result *result)
{
	if (result->reason == REASON_NONE)
		return digest_size(result->digest.algorithm) > 0 && result->os_errno == 0;
	if (result->reason != REASON_IO && result->reason != REASON_BUSY &&
		result->reason != REASON_INTERNAL)
		return false;
	return result->digest.algorithm == DIGEST_NONE && result->os_errno >= 0;
}

static int
parse_result(struct wire_message *message, struct stream_result *out, struct error *err)
{
	struct stream_result result = { 0 };

	result.index = wire_get_u32(message);
	result.reason = (enum reason)wire_get_u32(message);
	result.os_errno = (int)wire_get_u32(message);
	result.digest.algorithm = (enum digest_algorithm)wire_get_u32(message);
	wire_get_bytes(message, result.digest.bytes, digest_size(result.digest.algorithm));
	if (message->type != MESSAGE_RESULT || !wire_is_whole(message) || !is_sound(&result))
		return error_set(err, REASON_INTERNAL, 0, "hasher: its answer makes no sense");
	*out = result;
	return 0;
}

int
hasher_next(struct hasher *hasher, int timeout_ms, struct stream_result *out, struct error *err)
{
	struct pollfd socket = { .fd = hasher->child.socket, .events = POLLIN };
	cleanup_message struct wire_message message = { 0 };
	int ready = poll(&socket, 1, timeout_ms);

	if (ready == 0 || (ready < 0 && errno == EINTR))
		return 0;
	if (ready < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "hasher: cannot be waited for");
	/* A message that has begun is sent at once by an honest child. */
	if (spawn_receive(&hasher->child, LIMIT_PARSER_MS, &message, err))
		return -1;
	if (hasher->outstanding == 0)
		return error_set(err, REASON_INTERNAL, 0, "hasher: answered what nobody had asked");
	if (parse_result(&message, out, err))
		return -1;
	hasher->outstanding--;
	return 1;
}

uint64_t
hasher_progress(const struct hasher *hasher)
{
	return hasher->progress ? atomic_load_explicit(hasher->progress, memory_order_relaxed) : 0;
}

void
hasher_end(struct hasher *hasher)
{
	spawn_end(&hasher->child);
	if (hasher->progress)
		munmap(hasher->progress, sizeof(*hasher->progress));
	*hasher = (struct hasher){ .child.socket = -1 };
}
