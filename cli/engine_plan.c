#include "cli/engine_plan.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/engine_containerd.h"
#include "cli/engine_crio.h"
#include "cli/engine_docker.h"

#include <string.h>

static int
plan_docker(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	struct engine_change *change =
		engine_change_begin(plan, options, ENGINE_CHANGE_DOCKER, err);

	plan->advice = "Docker reads it when it starts: systemctl restart docker\n";
	if (!change)
		return -1;
	if (!change->before && !enable)
		return 0;
	if (engine_docker_edit(change->before, enable, &change->after, err))
		return error_wrap(err, "%s", TEXT_QUOTE(change->path));
	return enable ? engine_change_settings(plan, options, err) : 0;
}

static int
plan_podman(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->advice = "It counts from the next start of a container on.\n";
	return engine_change_hooks(plan, enable, options, err);
}

int
engine_plan_make(const char *name, bool enable, const struct engine_options *options,
	struct engine_plan *out, struct error *err)
{
	static const struct {
		const char *name;
		int (*plan)(struct engine_plan *plan, bool enable,
			const struct engine_options *options, struct error *err);
	} engines[] = {
		{ "docker", plan_docker },
		{ "podman", plan_podman },
		{ "containerd", engine_containerd_plan },
		{ "crio", engine_crio_plan },
	};
	size_t i;

	*out = (struct engine_plan){ 0 };
	for (i = 0; i < ARRAY_SIZE(engines) && strcmp(engines[i].name, name) != 0; i++)
		;
	if (i == ARRAY_SIZE(engines))
		return error_set(err, REASON_USAGE, 0,
			"%s: expected docker, podman, containerd or crio", TEXT_QUOTE(name));
	return engines[i].plan(out, enable, options, err);
}
