/*
 * The middle of measured values, which a few disturbed ones do not move, and how far they spread.
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

/* The value below which QUARTER quarters of the COUNT sorted values lie, between two of them where
 * it must. */
static inline double
median_quartile(const double *sorted, int count, int quarter)
{
	double place = (double)(count - 1) * quarter / 4;
	int below = (int)place;
	int above = below + 1 < count ? below + 1 : below;

	return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
