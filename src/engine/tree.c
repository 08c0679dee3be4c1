/*
 * Threaded crit-bit tree. A link is a node's address; bit 0 tells the node's
 * leaf (0) from its inner slot (1).
 */
#include "engine/tree.h"

#include "base/assert.h"

#define INNER ((uintptr_t)1)
#define TREE_UNUSED 0xff

static bool is_inner(uintptr_t link)
{
	return link & INNER;
}

static struct tree_node *node_of(uintptr_t link)
{
	return (struct tree_node *)(link & ~INNER);
}

static uintptr_t leaf_link(struct tree_node *node)
{
	return (uintptr_t)node;
}

static uintptr_t inner_link(struct tree_node *node)
{
	return (uintptr_t)node | INNER;
}

static unsigned side(uint64_t key, uint8_t bit)
{
	return key >> bit & 1;
}

/* The leaf that agrees with `key` in every bit the walk looks at. */
static struct tree_node *best_match(const struct tree *tree, uint64_t key)
{
	uintptr_t link = tree->root;

	while (is_inner(link)) {
		struct tree_node *inner = node_of(link);

		link = inner->child[side(key, inner->bit)];
	}
	return node_of(link);
}

static struct tree_node *outermost(uintptr_t link, unsigned which)
{
	while (is_inner(link))
		link = node_of(link)->child[which];
	return node_of(link);
}

static uint8_t highest_difference(uint64_t a, uint64_t b)
{
	return (uint8_t)(63 - __builtin_clzll(a ^ b));
}

/* The link to the subtree whose keys all agree with `key` above `bit`. */
static uintptr_t *subtree_below(struct tree *tree, uint64_t key, uint8_t bit)
{
	uintptr_t *link = &tree->root;

	while (is_inner(*link) && node_of(*link)->bit > bit)
		link = &node_of(*link)->child[side(key, node_of(*link)->bit)];
	return link;
}

struct tree_node *tree_floor(const struct tree *tree, uint64_t key)
{
	struct tree_node *match;
	uintptr_t below;
	uint8_t bit;

	if (tree->root == 0)
		return NULL;
	match = best_match(tree, key);
	if (match->key == key)
		return match;
	bit = highest_difference(match->key, key);
	below = *subtree_below((struct tree *)tree, key, bit);
	if (side(key, bit) == 1)
		return outermost(below, 1);
	return outermost(below, 0)->prev;
}

struct tree_node *tree_find(const struct tree *tree, uint64_t key)
{
	struct tree_node *match;

	if (tree->root == 0)
		return NULL;
	match = best_match(tree, key);
	return match->key == key ? match : NULL;
}

static void thread_between(
	struct tree *tree, struct tree_node *node, struct tree_node *prev)
{
	struct tree_node *next = prev != NULL ? prev->next : tree->first;

	node->prev = prev;
	node->next = next;
	if (prev != NULL)
		prev->next = node;
	else
		tree->first = node;
	if (next != NULL)
		next->prev = node;
}

/* `key` belongs behind `hint` and before the node that follows it. */
static bool is_behind(const struct tree_node *hint, uint64_t key)
{
	return hint != NULL && hint->key < key &&
	       (hint->next == NULL || key <= hint->next->key);
}

/* The neighbour that shares the longer prefix with `key`. */
static struct tree_node *closer_neighbour(struct tree_node *hint, uint64_t key)
{
	struct tree_node *next = hint->next;

	if (next == NULL || (hint->key ^ key) < (next->key ^ key))
		return hint;
	return next;
}

static struct tree_node *predecessor(uintptr_t below, unsigned which)
{
	return which == 1 ? outermost(below, 1) : outermost(below, 0)->prev;
}

static void insert_at(struct tree *tree, struct tree_node *node,
	const struct tree_node *match, struct tree_node *prev)
{
	uintptr_t *link;
	unsigned which;

	node->bit = highest_difference(match->key, node->key);
	link = subtree_below(tree, node->key, node->bit);
	which = side(node->key, node->bit);
	thread_between(
		tree, node, prev != NULL ? prev : predecessor(*link, which));
	node->child[which] = leaf_link(node);
	node->child[1 - which] = *link;
	*link = inner_link(node);
	tree->count++;
}

static void insert_first(struct tree *tree, struct tree_node *node)
{
	node->bit = TREE_UNUSED;
	tree->count = 1;
	tree->root = leaf_link(node);
	thread_between(tree, node, NULL);
}

struct tree_node *tree_insert(
	struct tree *tree, struct tree_node *node, struct tree_node *hint)
{
	struct tree_node *match;
	bool hinted = is_behind(hint, node->key);

	if (tree->root == 0) {
		insert_first(tree, node);
		return NULL;
	}
	match = hinted ? closer_neighbour(hint, node->key)
		       : best_match(tree, node->key);
	if (match->key == node->key)
		return match;
	insert_at(tree, node, match, hinted ? hint : NULL);
	return NULL;
}

static void unthread(struct tree *tree, struct tree_node *node)
{
	if (node->prev != NULL)
		node->prev->next = node->next;
	else
		tree->first = node->next;
	if (node->next != NULL)
		node->next->prev = node->prev;
}

/* What the walk to a leaf passes: the links to look at when it goes. */
struct removal {
	uintptr_t *own;    /* link to the node's own inner slot, or NULL */
	uintptr_t *parent; /* link to the inner slot above the leaf */
};

static struct removal find_removal(struct tree *tree, struct tree_node *node)
{
	struct removal found = {0};
	uintptr_t *link = &tree->root;

	while (is_inner(*link)) {
		struct tree_node *inner = node_of(*link);

		if (inner == node)
			found.own = link;
		found.parent = link;
		link = &inner->child[side(node->key, inner->bit)];
	}
	ASSERT(node_of(*link) == node);
	return found;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct removal found = find_removal(tree, node);
	struct tree_node *parent;

	tree->count--;
	unthread(tree, node);
	if (found.parent == NULL) {
		tree->root = 0;
		return;
	}
	parent = node_of(*found.parent);
	*found.parent = parent->child[1 - side(node->key, parent->bit)];
	if (parent == node)
		return;
	/* The parent's slot is free now: it takes over the node's, if used. */
	parent->bit = node->bit;
	if (found.own == NULL)
		return;
	parent->child[0] = node->child[0];
	parent->child[1] = node->child[1];
	*found.own = inner_link(parent);
}
