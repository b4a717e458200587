/*
 * NVIDIA's management library, loaded when it is asked: never linked, never by the hook.
 */
#pragma once

struct error;
struct gpu_list;

#define NVML_LIBRARY "libnvidia-ml.so.1"

/*
 * Asks the library at LIBRARY about every GPU; NULL: the first of the places where drivers are put,
 * else where the dynamic linker's cache has it. A library that others than root can write is not
 * loaded, nor one that only LD_LIBRARY_PATH names. Returns 0 (no GPU is fine), or -1:
 * REASON_CONFIG where the library is not there or lacks a function; REASON_IO where it answers with
 * an error, or with what we do not understand.
 */
int nvml_list(const char *library, struct gpu_list *out, struct error *err)
	__attribute__((nonnull(2, 3)));
