/*
 * What OpenSSL does at its first certificate, done once before a process forks: it looks up and
 * builds parts of itself, which takes as long as to check a signature or two, and each child would
 * do it again.
 */
#pragma once

/* Nothing is wrong where this fails: it will be done when it is needed. */
void chain_warm_up(void);
