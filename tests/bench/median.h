/*
 * The middle of measured values, which a few disturbed ones do not move.
 */
#pragma once

#include <stdlib.h>

static inline int
median_compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

/* Sorts the COUNT values, one or more. */
static inline double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), median_compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
