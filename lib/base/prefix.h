/*
 * Where the programs and what comes with them are installed: make PREFIX=... (Makefile: install).
 */
#pragma once

#ifndef NIMGATE_PREFIX
#define NIMGATE_PREFIX "/usr"
#endif
