/*
 * The lines that make nimgate-runtime the default handler of containerd's CRI plugin, in a file of
 * their own or within config.toml, and the same texts without them. Whatever else a text says
 * stays, byte for byte. Each line of ours can be told from others, so that it can be taken away.
 */
#pragma once

#include <stdbool.h>

struct error;

/*
 * Each puts a new text into *out (owned by the caller). Returns 0, or -1: there is no memory.
 *
 * VERSION is that of config.toml, 2 or 3, and so of every file that it imports: the plugin's name
 * depends on it. MODEL is the text whose handler "runc" the new one is to be like in all but its
 * program (its cgroup driver, among others); NULL: as containerd's own. Where the text says
 * anything of that handler, it gets our program, too: pods may ask for it by name.
 */

/* A drop-in: the whole file. */
int containerd_text_drop_in(int version, const char *model, char **out, struct error *err)
	__attribute__((nonnull(3, 4)));

/* BEFORE (NULL: no file), which imports nothing, with a line that imports the drop-in, and a
 * version where it has nothing but comments (not SETTINGS). Also -1 with REASON_CONFIG, as for the
 * next one: a line that has to change is more than a line. */
int containerd_text_import(const char *before, bool settings, char **out, struct error *err)
	__attribute__((nonnull(3, 4)));

/* BEFORE with the lines in it. It has no handler called nimgate, and CRI's tables in brackets. */
int containerd_text_insert(const char *before, int version, char **out, struct error *err)
	__attribute__((nonnull));

/* BEFORE without anything that these wrote; NULL in *out where nothing is left. Kept are the
 * version, where settings follow it, and the import, where OTHERS are read by it. Also -1 with
 * REASON_CONFIG where it cannot be told what is ours. */
int containerd_text_without(const char *before, bool others, char **out, struct error *err)
	__attribute__((nonnull));
