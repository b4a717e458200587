/*
 * How much faster one program is than another: runs both in turns, and compares what they took
 * within each pair, so that other load on the machine moves the times and not the ratios.
 *
 *   ratio ROUNDS [BEFORE...] -- PROGRAM [ARGUMENT...] -- PEER [ARGUMENT...]
 *
 * BEFORE, where it is given, runs before each of them and is not measured. The first round is
 * dropped; who goes first changes each time. Prints one line of columns between tabs:
 *
 *   wall ratio, its quartiles; CPU ratio, its quartiles; seconds of PROGRAM's wall and CPU time, of
 *   PEER's; rounds
 *
 * A ratio of 2 says that PEER takes twice the time. All are medians. Exit status 1 if any run
 * fails.
 */
#include "cost.h"
#include "median.h"

#include <stdbool.h>
#include <string.h>

struct spread {
	double lower, middle, upper;
};

/* BEFORE may be empty. */
static int
run(char *const before[], struct program *program, int place)
{
	struct cost ignored;

	if (before[0] && cost_run(before, STDIN_FILENO, &ignored))
		return -1;
	return cost_run(program->argv, STDIN_FILENO, &program->costs[place]);
}

static int
measure(char *const before[], struct program *program, struct program *peer, int rounds)
{
	for (int round = -1; round < rounds; round++) {
		int place = round < 0 ? 0 : round;
		bool swap = round & 1;
		struct program *first = swap ? peer : program, *second = swap ? program : peer;

		if (run(before, first, place) || run(before, second, place))
			return -1;
	}
	return 0;
}

static double
take(const struct cost *cost, bool cpu)
{
	return cpu ? cost->cpu_ms : cost->wall_ms;
}

static struct spread
compare(const struct program *program, const struct program *peer, int rounds, bool cpu)
{
	double ratios[COST_ROUNDS_MAX];
	struct spread spread;

	for (int i = 0; i < rounds; i++)
		ratios[i] = take(&peer->costs[i], cpu) / take(&program->costs[i], cpu);
	spread.middle = median(ratios, rounds);
	spread.lower = median_quartile(ratios, rounds, 1);
	spread.upper = median_quartile(ratios, rounds, 3);
	return spread;
}

static double
seconds(const struct program *program, int rounds, bool cpu)
{
	double values[COST_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		values[i] = take(&program->costs[i], cpu) / 1e3;
	return median(values, rounds);
}

static void
report(const struct program *program, const struct program *peer, int rounds)
{
	struct spread wall = compare(program, peer, rounds, false);
	struct spread cpu = compare(program, peer, rounds, true);

	printf("%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.4f\t%.4f\t%.4f\t%.4f\t%d\n", wall.middle,
		wall.lower, wall.upper, cpu.middle, cpu.lower, cpu.upper,
		seconds(program, rounds, false), seconds(program, rounds, true),
		seconds(peer, rounds, false), seconds(peer, rounds, true), rounds);
}

/* Cuts the words at "--" into groups that end in NULL. Returns how many there are. */
static int
cut(char *words[], char **groups[], int most)
{
	int count = 0;

	groups[count++] = words;
	for (; *words; words++) {
		if (strcmp(*words, "--") != 0 || count == most)
			continue;
		*words = NULL;
		groups[count++] = words + 1;
	}
	return count;
}

int
main(int argc, char *argv[])
{
	static struct program program, peer;
	char **groups[3];
	int rounds = argc > 1 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > COST_ROUNDS_MAX || cut(argv + 2, groups, 3) != 3 ||
		!groups[1][0] || !groups[2][0]) {
		fprintf(stderr,
			"usage: ratio ROUNDS [BEFORE...] -- PROGRAM [ARGUMENT...] -- PEER [ARGUMENT...]\n");
		return 2;
	}
	program.argv = groups[1];
	peer.argv = groups[2];
	if (measure(groups[0], &program, &peer, rounds))
		return 1;
	report(&program, &peer, rounds);
	return 0;
}
