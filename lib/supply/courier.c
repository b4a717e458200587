#include "supply/courier.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "base/secret.h"
#include "border/filter.h"
#include "guard/contain.h"
#include "guard/tables_courier.h"
#include "guard/wire.h"
#include "supply/clerk.h"
#include "supply/ngc.h"
#include "supply/refusal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum request_type {
	REQUEST_NONE,
	REQUEST_SIGNATURE,  /* org, team, model, version; answer: a descriptor */
	REQUEST_PUBLIC_KEY, /* answer: a descriptor */

	REQUEST_DONE = 100,
	REQUEST_REFUSED, /* refusal_put() */
};

/* In the courier: takes the reference out of the request. */
static int
get_ref(struct wire_message *request, struct ngc_ref *out, struct error *err)
{
	wire_copy_text(request, out->org, sizeof(out->org));
	wire_copy_text(request, out->team, sizeof(out->team));
	wire_copy_text(request, out->model, sizeof(out->model));
	wire_copy_text(request, out->version, sizeof(out->version));
	if (!wire_is_whole(request) || !ngc_ref_is_valid(out))
		return error_set(err, REASON_INTERNAL, 0, "the courier's request is malformed");
	return 0;
}

/* In the courier: does what is asked for. Returns a descriptor, or -1. */
static int
bring(struct ngc *ngc, struct wire_message *request, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	struct ngc_ref ref;

	if (request->type == REQUEST_SIGNATURE) {
		if (get_ref(request, &ref, err) || ngc_signature(ngc, &ref, &bytes, err))
			return -1;
	} else if (request->type == REQUEST_PUBLIC_KEY) {
		if (ngc_public_key(ngc, &bytes, err))
			return -1;
	} else {
		return error_set(err, REASON_INTERNAL, 0, "the courier does not know request %u",
			request->type);
	}
	return memfile_make("signature", bytes.bytes, bytes.length, err);
}

/* In the courier: one request. Returns 0 to go on, anything else to end. */
static int
serve_one(struct ngc *ngc, int socket)
{
	cleanup_message struct wire_message request = { 0 }, answer = { .type = REQUEST_DONE };
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	if (wire_receive(socket, -1, &request, NULL, &err) != 1)
		return 1;
	fd = bring(ngc, &request, &err);
	if (fd < 0) {
		answer.type = REQUEST_REFUSED;
		refusal_put(&answer, &err);
	}
	return wire_send(socket, &answer, fd, &err);
}

/* In the courier. The clerk is started before anything of a server's is there to be read, and
 * never has the key. */
static int
work(const struct ngc_settings *settings, const struct secret *key, pid_t parent, int *socket,
	struct error *err)
{
	cleanup_clerk struct clerk clerk = { 0 };
	struct ngc ngc = { .http = NULL };

	if (contain_descriptors(socket, err) || secret_harden(err))
		return -1;
	if (secret_pass_on(key, false, err) || clerk_start(&clerk, err) ||
		contain_identity("courier", parent, 0, err))
		return -1;
	/* Proxies, key logs and resolver options: settings say these, and nobody else. */
	if (clearenv())
		return error_no_memory(err);
	if (ngc_open(settings, key, &clerk, &ngc, err) || filter_load(&tables_courier_all, err))
		return -1;
	while (serve_one(&ngc, *socket) == 0)
		;
	ngc_close(&ngc);
	return 0;
}

/* The first answer says why there is none. */
static _Noreturn void
run(const struct ngc_settings *settings, const struct secret *key, pid_t parent, int socket)
{
	cleanup_message struct wire_message answer = { .type = REQUEST_REFUSED };
	struct error err = { 0 }, ignored;

	if (work(settings, key, parent, &socket, &err) == 0)
		_exit(0);
	refusal_put(&answer, &err);
	wire_send(socket, &answer, -1, &ignored);
	_exit(SPAWN_EXIT_FAILED);
}

int
courier_start(const struct ngc_settings *settings, const struct secret *key, struct courier *out,
	struct error *err)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (secret_pass_on(key, true, err))
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return error_set_os(err, REASON_INTERNAL, errno, "courier: no socket for it");
	pid = fork();
	if (pid == 0)
		run(settings, key, parent, pair[1]);
	close(pair[1]);
	if (secret_pass_on(key, false, err)) {
		close(pair[0]);
		return -1;
	}
	if (pid < 0) {
		close(pair[0]);
		return error_set_os(err, REASON_INTERNAL, errno, "courier: cannot be started");
	}
	out->child = (struct spawn_child){ .name = "courier", .pid = pid, .socket = pair[0] };
	return 0;
}

void
courier_end(struct courier *courier)
{
	spawn_end(&courier->child);
}

/* A courier that cannot be spoken with is of no further use. */
static int
send_request(struct courier *courier, const struct wire_message *request, struct error *err)
{
	if (courier->child.pid == 0)
		return error_set(err, REASON_INTERNAL, 0, "the courier has ended");
	if (wire_send(courier->child.socket, request, -1, err)) {
		courier_end(courier);
		return error_wrap(err, "courier");
	}
	return 0;
}

int
courier_send_for_signature(struct courier *courier, const struct ngc_ref *ref, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_SIGNATURE };

	wire_put_text(&request, ref->org);
	wire_put_text(&request, ref->team);
	wire_put_text(&request, ref->model);
	wire_put_text(&request, ref->version);
	return send_request(courier, &request, err);
}

int
courier_send_for_public_key(struct courier *courier, struct error *err)
{
	const struct wire_message request = { .type = REQUEST_PUBLIC_KEY };

	return send_request(courier, &request, err);
}

int
courier_receive(struct courier *courier, int timeout_ms, struct error *err)
{
	cleanup_message struct wire_message answer = { 0 };
	cleanup_fd int fd = -1;
	int result = wire_receive(courier->child.socket, timeout_ms, &answer, &fd, err);

	if (result == 1 && answer.type == REQUEST_REFUSED)
		return refusal_take(&answer, "courier", err);
	if (result == 1 && answer.type == REQUEST_DONE && wire_is_whole(&answer) && fd >= 0)
		return take_fd(&fd);
	if (result == 0 || (result < 0 && err->os_errno == ECONNRESET))
		spawn_report_end(&courier->child, err);
	else if (result == 1)
		error_set(err, REASON_INTERNAL, 0, "the courier's answer is malformed");
	else
		error_wrap(err, "courier");
	courier_end(courier);
	return -1;
}
