/*
 * What base/node.h promises of a tree, looked at node by node.
 */
#pragma once

struct node;

/*
 * How deep lists and maps lie in each other below and at NODE, 0 for a single value. Ends the
 * program where a name is missing or occurs twice, or a count is wrong.
 */
int node_rules_depth(const struct node *node);
