#include "hash/hasher.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "guard/tables.h"
#include "hash/lanes.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
	MESSAGE_STREAMS = 1,
	MESSAGE_RESULTS = 2,

	DESCRIPTORS_BESIDE = 16, /* standard ones, the socket */
	/* Contents of this size are worth a message at once. */
	BATCH_BYTES = 1 << 20,
	/* Of each thread: stack, guard, contexts, the buffers of its lanes and of OpenSSL take
	   half. */
	THREAD_MEMORY_BYTES = 5 << 20,
	/* Less content than this is hashed before another thread has got going. */
	THREAD_BYTES = 8 << 20,
};

/* What the child works with: its own copy of its parent's, but for the page behind PROGRESS. */
struct server {
	size_t threads;
	uint64_t bytes;
	bool direct;
	_Atomic uint64_t *progress;
	struct engine *engine;
	pthread_mutex_t sending; /* one message at a time */
	int socket;
};

static void
put_result(struct wire_message *message, const struct stream_result *result)
{
	wire_put_u32(message, result->index);
	wire_put_u32(message, result->reason);
	wire_put_u32(message, (uint32_t)result->os_errno);
	wire_put_u32(message, result->digest.algorithm);
	wire_put_bytes(message, result->digest.bytes, digest_size(result->digest.algorithm));
}

/* Called by the workers. */
static void
send_results(void *context, const struct stream_result *results, size_t count)
{
	struct server *server = context;
	struct wire_message message = { .type = MESSAGE_RESULTS };
	struct error err;
	int sent;

	for (size_t i = 0; i < count; i++)
		put_result(&message, &results[i]);
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
		.bytes = server->bytes,
		.direct = server->direct,
		.done = send_results,
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

/* Queues the COUNT streams of a request. Returns 0, or -1 for the end of this process. */
static int
serve_request(struct server *server, struct wire_message *message, const int *fds, size_t count)
{
	struct engine_job jobs[WIRE_DESCRIPTORS];
	struct error err;

	for (size_t i = 0; i < count; i++) {
		jobs[i].index = wire_get_u32(message);
		jobs[i].stream.fd = fds[i];
		jobs[i].stream.algorithm = (enum digest_algorithm)wire_get_u32(message);
		jobs[i].stream.offset = wire_get_u64(message);
		jobs[i].stream.length = wire_get_u64(message);
		jobs[i].stream.to_end = wire_get_u32(message) != 0;
		jobs[i].stream.direct = wire_get_u32(message) != 0;
	}
	if (message->type != MESSAGE_STREAMS || !count || !wire_is_whole(message))
		return -1;
	return engine_submit(server->engine, jobs, count, &err);
}

static int
serve(void *context, int socket)
{
	struct server *server = context;
	struct error err;
	int result;

	do {
		cleanup_message struct wire_message message = { 0 };
		int fds[WIRE_DESCRIPTORS];
		size_t count = 0;

		result = wire_receive_many(socket, -1, &message, fds, &count, &err);
		if (result > 0 && serve_request(server, &message, fds, count))
			result = -1;
	} while (result > 0);
	return result == 0 ? 0 : 1;
}

/* As many threads as are asked for; else one for each CPU that the caller may use and the content
 * is worth. */
static size_t
count_threads(const struct hasher_options *options)
{
	size_t threads = engine_threads(options->threads), most = options->threads_max;
	uint64_t worth = options->bytes / THREAD_BYTES + 1;

	if (!options->threads && most && most < threads)
		threads = most;
	return options->threads || !options->bytes || worth > threads ? threads : (size_t)worth;
}

/* As many streams as the engine takes and descriptors allow, of which we keep one for each; 0 where
 * there is room for none. */
static size_t
count_streams(size_t threads)
{
	size_t wanted = engine_capacity_of(threads), room;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur <= DESCRIPTORS_BESIDE)
		return 0;
	room = (size_t)(limit.rlim_cur - DESCRIPTORS_BESIDE + 1) / 2;
	return wanted < room ? wanted : room;
}

/* Of each thread, for direct reads. */
static size_t
direct_bytes(const struct hasher_options *options)
{
	return options->direct ? (size_t)(LANES_DIRECT + 1) * DIRECT_BUFFER_BYTES : 0;
}

int
hasher_start(struct hasher *hasher, const struct hasher_options *options, struct error *err)
{
	size_t threads = count_threads(options);
	struct hasher started = { .capacity = count_streams(threads),
		.deadline_ms = options->deadline_ms };
	struct server server = {
		.threads = threads,
		.bytes = options->bytes,
		.direct = options->direct,
		.sending = PTHREAD_MUTEX_INITIALIZER,
	};
	const struct spawn_options spawn = {
		.name = "hasher",
		.table = &tables_hasher,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES +
			      threads * (THREAD_MEMORY_BYTES + direct_bytes(options)),
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

/* How long an honest child may take to go on with a message, in milliseconds: it does so at once.
 */
static int
patience(const struct hasher *hasher)
{
	int64_t left =
		hasher->deadline_ms ? hasher->deadline_ms - clock_monotonic_ms() : LIMIT_PARSER_MS;

	return left < 0 ? 0 : left < LIMIT_PARSER_MS ? (int)left : LIMIT_PARSER_MS;
}

/* Waits until a message fits: the child is always there to read. */
static int
await_room(const struct hasher *hasher, struct error *err)
{
	struct pollfd socket = { .fd = hasher->child.socket, .events = POLLOUT };
	int64_t end = clock_monotonic_ms() + patience(hasher), left;
	int ready;

	do {
		left = end - clock_monotonic_ms();
		ready = poll(&socket, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "hasher: cannot be waited for");
	return ready ? 0 : error_set(err, REASON_INTERNAL, 0, "hasher: it does not read");
}

int
hasher_flush(struct hasher *hasher, struct error *err)
{
	struct wire_message *request = &hasher->request;
	int result;

	if (!hasher->waiting)
		return 0;
	if (await_room(hasher, err))
		return -1;
	request->type = MESSAGE_STREAMS;
	result = wire_send_many(hasher->child.socket, request, hasher->fds, hasher->waiting, err);
	request->length = 0;
	hasher->waiting = 0;
	hasher->waiting_bytes = 0;
	return result ? spawn_report_send(&hasher->child, err) : 0;
}

int
hasher_submit(struct hasher *hasher, uint32_t index, const struct stream *stream, struct error *err)
{
	struct wire_message *request = &hasher->request;

	if (hasher->outstanding >= hasher->capacity)
		return error_set(err, REASON_INTERNAL, 0,
			"hasher: %zu streams are outstanding, no more fit", hasher->outstanding);
	if (digest_size(stream->algorithm) == 0 || stream->fd < 0)
		return error_set(err, REASON_INTERNAL, 0,
			"hasher: stream %u has no algorithm or no descriptor", index);
	wire_put_u32(request, index);
	wire_put_u32(request, stream->algorithm);
	wire_put_u64(request, stream->offset);
	wire_put_u64(request, stream->length);
	wire_put_u32(request, stream->to_end);
	wire_put_u32(request, stream->direct);
	hasher->fds[hasher->waiting++] = stream->fd;
	hasher->outstanding++;
	if (stream->length < BATCH_BYTES - hasher->waiting_bytes &&
		hasher->waiting < WIRE_DESCRIPTORS) {
		hasher->waiting_bytes += stream->length;
		return 0;
	}
	return hasher_flush(hasher, err);
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
	if (message->type != MESSAGE_RESULTS || message->failed || !is_sound(&result))
		return error_set(err, REASON_INTERNAL, 0, "hasher: its answer makes no sense");
	*out = result;
	return 0;
}

/* Waits for the next message of results. Returns as hasher_next(). */
static int
receive_answer(struct hasher *hasher, int timeout_ms, struct error *err)
{
	struct pollfd socket = { .fd = hasher->child.socket, .events = POLLIN };
	int ready = poll(&socket, 1, timeout_ms);

	if (ready == 0 || (ready < 0 && errno == EINTR))
		return 0;
	if (ready < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "hasher: cannot be waited for");
	wire_release(&hasher->answer);
	return spawn_receive(&hasher->child, patience(hasher), &hasher->answer, err) ? -1 : 1;
}

int
hasher_next(struct hasher *hasher, int timeout_ms, struct stream_result *out, struct error *err)
{
	int got = 1;

	if (hasher_flush(hasher, err))
		return -1;
	if (hasher->answer.at == hasher->answer.length)
		got = receive_answer(hasher, timeout_ms, err);
	if (got <= 0)
		return got;
	if (hasher->outstanding == 0)
		return error_set(err, REASON_INTERNAL, 0, "hasher: answered what nobody had asked");
	if (parse_result(&hasher->answer, out, err))
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
	wire_release(&hasher->request);
	wire_release(&hasher->answer);
	if (hasher->progress)
		munmap(hasher->progress, sizeof(*hasher->progress));
	*hasher = (struct hasher){ .child.socket = -1 };
}
