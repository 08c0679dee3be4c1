/*
 * A threaded crit-bit tree over 64-bit keys: floor, insert and remove in at
 * most as many steps as keys differ in bits, neighbours in one. Every node
 * carries one inner slot of the trie, so n nodes need no other memory.
 *
 * Invariant T1: the inner slot of a node lies on the path from the root to
 * its leaf; exactly one node of a non-empty tree has its slot unused.
 *
 * Locking: the owner's.
 */
#ifndef ENGINE_TREE_H
#define ENGINE_TREE_H

#include "base/types.h"

/*
 * The three `user` fields fill what would be padding; they belong to whoever
 * embeds the node.
 */
struct tree_node {
	uint64_t key;
	uintptr_t child[2];     /* inner slot: tagged links */
	struct tree_node *prev; /* threads, in key order */
	struct tree_node *next;
	uint8_t bit; /* inner slot: 63…0, or TREE_UNUSED */
	uint8_t user8;
	uint16_t user16;
	uint32_t user32;
};

struct tree {
	uintptr_t root; /* tagged link, 0 = empty */
	struct tree_node *first;
	uint64_t count;
};

/* The node with the largest key <= `key`, or NULL. */
struct tree_node *tree_floor(const struct tree *tree, uint64_t key);

/* The node with exactly this key, or NULL. */
struct tree_node *tree_find(const struct tree *tree, uint64_t key);

/*
 * Adds `node` under node->key. Returns NULL, or the node that has this key
 * already: then nothing is added. `hint` is a node of the tree, or NULL:
 * where it turns out to be the predecessor, one of two walks is saved.
 */
struct tree_node *tree_insert(
	struct tree *tree, struct tree_node *node, struct tree_node *hint);

void tree_remove(struct tree *tree, struct tree_node *node);

#endif
