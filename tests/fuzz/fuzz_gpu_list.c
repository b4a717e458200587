/*
 * The list of GPUs: what is read is written again as the same bytes, and each GPU is there once.
 */
#include "base/mem.h"
#include "base/writer.h"
#include "hash/gpu_list.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	static struct gpu_list list;
	cleanup_writer struct writer writer = { 0 };

	if (gpu_list_parse((const char *)data, size, &list))
		return;
	for (size_t i = 0; i < list.count; i++) {
		FUZZ_PROMISE(gpu_list_find(&list, list.items[i].pci) == &list.items[i]);
		FUZZ_PROMISE(list.items[i].memory_mib <= GPU_LIST_MEMORY_MAX &&
			     list.items[i].capability >= 10);
		FUZZ_PROMISE(list.items[i].model[0] &&
			     strlen(list.items[i].model) < GPU_LIST_MODEL_BYTES);
	}
	gpu_list_format(&list, &writer);
	FUZZ_PROMISE(
		writer.failed || (writer.length == size && memcmp(writer.text, data, size) == 0));
}
