/*
 * A process with a mount namespace of its own, where a container's mounts are made, that waits as a
 * runtime's init does.
 */
#pragma once

#include "tests/unit/gate_material.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

struct container {
	pid_t pid;
	int ready, go;
};

/* Exit status of a child that may not have a mount namespace. */
enum { CONTAINER_NO_NAMESPACE = 77 };

static inline _Noreturn void
container_run(void (*make_mounts)(void), int ready, int go)
{
	char byte = 'r';

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL))
		_exit(CONTAINER_NO_NAMESPACE);
	make_mounts();
	material_need(write(ready, &byte, 1) == 1, "write");
	while (read(go, &byte, 1) > 0)
		;
	_exit(0);
}

/* Returns false where there can be none. MAKE_MOUNTS runs in it, in the material's folder. */
static inline bool
container_start(void (*make_mounts)(void), struct container *out)
{
	int ready[2], go[2], status = 0;
	char byte;

	material_need(pipe2(ready, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0, "pipe");
	out->pid = fork();
	if (out->pid == 0) {
		close(go[1]);
		container_run(make_mounts, ready[1], go[0]);
	}
	close(ready[1]);
	close(go[0]);
	out->ready = ready[0];
	out->go = go[1];
	if (read(out->ready, &byte, 1) == 1)
		return true;
	waitpid(out->pid, &status, 0);
	material_need(
		WIFEXITED(status) && WEXITSTATUS(status) == CONTAINER_NO_NAMESPACE, "container");
	return false;
}

/* Lets it end; the caller collects it. */
static inline void
container_release(const struct container *container)
{
	close(container->go);
	close(container->ready);
}

static inline void
container_end(const struct container *container)
{
	container_release(container);
	material_need(waitpid(container->pid, NULL, 0) == container->pid, "waitpid");
}
