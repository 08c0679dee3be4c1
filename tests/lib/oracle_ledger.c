/*
 * See oracle.h. Where there is a hypervisor, a virtual machine's page is its
 * owner's in the hypervisor's ledger and the normal world's in the SPMC's; a
 * transaction between virtual machines is known to the hypervisor alone, one
 * with a secure partition to both.
 */
#include "lib/oracle.h"
#include "lib/system.h"

/* One manager's view. */
struct view {
	struct world *world;
	const struct engine *engine;
	bool is_hypervisor;
};

static bool is_vm(const struct view *view, int party)
{
	return party >= 0 && view->world->model.party[party].vm;
}

static bool is_vm_page(const struct view *view, const struct model_page *page)
{
	return system_is_vm_page(view->world, page->at);
}

/*
 * Whether this manager knows of the transaction. Of a foreign donation that is
 * retrieved the hypervisor may have heard already.
 */
static bool knows(const struct view *view, const struct model_txn *txn)
{
	bool foreign = model_is_foreign(&view->world->model, txn);

	if (!is_vm(view, txn->owner))
		return !view->is_hypervisor;
	if (view->is_hypervisor)
		return !foreign || txn->phase != MODEL_DRAINING;
	return foreign;
}

/* The hypervisor does not hear that a donation has been retrieved. */
static bool is_donated_away(
	const struct view *view, const struct model_page *page)
{
	return view->is_hypervisor && !is_vm(view, page->owner);
}

/* --- Titles ------------------------------------------------------------ */

static struct access title_access(
	const struct view *view, const struct model_page *page)
{
	struct access access = {
		.perm = page->owner_access.perm,
		.attr = page->owner_access.attr,
	};

	/* The SPMC sees what its manifest says. */
	if (is_vm(view, page->owner) && !view->is_hypervisor)
		access = system_nwd_access(page->at);
	if (page->ns)
		access.attr |= ATTR_NS;
	return access;
}

static void compare_title(
	const struct view *view, const struct model_page *page)
{
	struct world *world = view->world;
	const struct ledger_node *title =
		ledger_title(&view->engine->ledger, paddr(page->at));
	bool is_nwd = is_vm(view, page->owner) && !view->is_hypervisor;
	const struct endpoint *owner =
		world_endpoint(world, is_nwd ? NWD : page->owner);

	if (!title) {
		oracle_wrong(world, "a page without a title", page->at);
		return;
	}
	if (is_donated_away(view, page))
		return;
	if (title->title.owner != owner)
		oracle_wrong(world, "the title names another owner", page->at);
	if (!access_equal(title->title.access, title_access(view, page)))
		oracle_wrong(world, "the title says another access", page->at);
}

/* --- Loans ------------------------------------------------------------- */

static enum loan_state state_of(const struct model_txn *txn)
{
	if (txn->phase == MODEL_DRAINING)
		return LOAN_DRAINING;
	switch (txn->func) {
	case MODEL_SHARE:
		return LOAN_SHARED;
	case MODEL_LEND:
		return LOAN_LENT;
	case MODEL_DONATE:
		return LOAN_DONATED;
	}
	return LOAN_MOVING;
}

/* What the model says that this manager's ledger must have there. */
static enum model_use use_of(
	const struct view *view, const struct model_page *page)
{
	if (page->use == MODEL_SENT &&
		!knows(view, &view->world->model.txn[page->txn]))
		return MODEL_FREE;
	if (page->use == MODEL_BUFFER && is_vm(view, page->owner) &&
		!view->is_hypervisor)
		return MODEL_FREE;
	return page->use;
}

/* Until its donor asks, or for ever. */
static void compare_donated(
	const struct view *view, const struct model_page *page)
{
	const struct ledger_node *title =
		ledger_title(&view->engine->ledger, paddr(page->at));
	const struct ledger_node *loan =
		ledger_loan(&view->engine->ledger, paddr(page->at));

	if (title && title->title.owner == &view->world->hypervisor.relay.peer)
		return;
	if (!loan || loan->node.user8 != LOAN_DONATED)
		oracle_wrong(view->world, "a donation is forgotten", page->at);
}

static void compare_loan(const struct view *view, const struct model_page *page)
{
	struct world *world = view->world;
	const struct ledger_node *loan =
		ledger_loan(&view->engine->ledger, paddr(page->at));
	enum model_use use = use_of(view, page);
	const struct model_txn *txn;

	if (is_donated_away(view, page)) {
		compare_donated(view, page);
		return;
	}
	if (use == MODEL_FREE) {
		if (loan)
			oracle_wrong(
				world, "a loan that the model lacks", page->at);
		return;
	}
	if (!loan) {
		oracle_wrong(world, "the loan is missing", page->at);
		return;
	}
	if (use == MODEL_BUFFER) {
		if (loan->node.user8 != LOAN_BUFFER)
			oracle_wrong(
				world, "the buffer is no buffer", page->at);
		return;
	}
	txn = &world->model.txn[page->txn];
	if (!loan->loan.txn || txn_handle(loan->loan.txn) != txn->handle)
		oracle_wrong(world, "the loan is of another handle", page->at);
	if (loan->node.user8 != state_of(txn))
		oracle_wrong(world, "the loan is in another state", page->at);
}

/* --- Transactions ------------------------------------------------------ */

static enum txn_phase phase_of(const struct model_txn *txn)
{
	switch (txn->phase) {
	case MODEL_ASSEMBLING:
		return TXN_ASSEMBLING;
	case MODEL_DRAINING:
		return TXN_DRAINING;
	default:
		return TXN_LIVE;
	}
}

/* What the response still lacks: its position in the list of ranges. */
static bool cursor_is(const struct txn *txn, const struct mem_cursor *cursor,
	const struct model_cursor *want)
{
	const struct ledger_node *loan = txn->loans;

	if (!want->open)
		return cursor->next == NULL;
	for (uint32_t i = 0; i < want->out && loan; i++)
		loan = loan->loan.next;
	return loan && cursor->next == loan &&
	       cursor->offset == want->header + want->out * 16;
}

static void compare_borrower(const struct view *view, const struct txn *txn,
	const struct borrower *borrower, const struct model_borrower *want)
{
	struct world *world = view->world;
	bool ours = is_vm(view, want->party) == view->is_hypervisor;
	bool told = ours || !view->is_hypervisor;

	if ((borrower->phase == BORROWER_HELD) != (told && want->held))
		oracle_wrong(world, "who holds it", txn_handle(txn));
	if (ours && !cursor_is(txn, &borrower->cursor, &want->cursor))
		oracle_wrong(
			world, "another fragment is next", txn_handle(txn));
}

static void compare_borrowers(const struct view *view, const struct txn *txn,
	const struct model_txn *want)
{
	const struct borrower *borrower = txn->borrowers;

	for (uint32_t i = 0; i < want->borrower_count; i++) {
		const struct model_borrower *other = &want->borrower[i];

		if (!borrower || borrower->id != other->sent.id) {
			oracle_wrong(
				view->world, "another borrower", want->handle);
			return;
		}
		compare_borrower(view, txn, borrower, other);
		borrower = borrower->next;
	}
	if (borrower)
		oracle_wrong(view->world, "a borrower that nobody named",
			want->handle);
}

/* The SPMC gets the ranges when the hypervisor has seen them all. */
static bool knows_ranges(const struct view *view, const struct model_txn *txn)
{
	return view->is_hypervisor || txn->phase != MODEL_ASSEMBLING ||
	       !model_is_foreign(&view->world->model, txn);
}

static void compare_txn(const struct view *view, const struct model_txn *want)
{
	struct world *world = view->world;
	const struct txn *txn = txn_find(view->engine, want->handle);

	if (!txn) {
		oracle_wrong(world, "a handle is lost", want->handle);
		return;
	}
	if (txn->phase != phase_of(want))
		oracle_wrong(world, "another phase", want->handle);
	if (knows_ranges(view, want) && txn->range_count != want->range_count)
		oracle_wrong(world, "another number of ranges", want->handle);
	if (!txn->foreign && txn->zero_after != want->zero_after &&
		want->phase == MODEL_LIVE)
		oracle_wrong(world, "a wish to zero is lost", want->handle);
	if (!txn->foreign && txn->quarantined != want->withheld)
		oracle_wrong(world, "withheld, or not", want->handle);
	if (!cursor_is(txn, &txn->hypervisor, &want->hypervisor))
		oracle_wrong(world, "another fragment is the hypervisor's next",
			want->handle);
	compare_borrowers(view, txn, want);
}

/* Retrieved, and its donor has not asked yet. */
static uint64_t count_donated(const struct view *view)
{
	const struct tree_node *node = view->engine->txns.first;
	uint64_t count = 0;

	for (; node; node = node->next) {
		const struct txn *txn = (const void *)node;
		const struct model_txn *want;

		want = model_txn(&view->world->model, txn_handle(txn));
		count += txn->foreign && txn->func == MEM_DONATE &&
			 (!want || want->phase == MODEL_DRAINING);
	}
	return count;
}

static void compare_txns(const struct view *view)
{
	uint64_t count = view->is_hypervisor ? count_donated(view) : 0;

	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		const struct model_txn *txn = &view->world->model.txn[i];

		if (!txn->live || !knows(view, txn))
			continue;
		count++;
		compare_txn(view, txn);
	}
	if (count != view->engine->txns.count)
		oracle_wrong(view->world, "a transaction nobody knows", count);
}

static void compare(const struct view *view)
{
	const struct model *model = &view->world->model;

	for (uint32_t i = 0; i < model->page_count; i++) {
		const struct model_page *page = &model->page[i];

		if (view->is_hypervisor && !is_vm_page(view, page))
			continue;
		compare_title(view, page);
		compare_loan(view, page);
	}
	compare_txns(view);
}

void oracle_compare_ledgers(struct world *world)
{
	struct view spmc = {world, world->watched->engine, false};
	struct view hypervisor = {world, &world->hypervisor.engine, true};

	compare(&spmc);
	if (world->has_hypervisor)
		compare(&hypervisor);
}

bool oracle_has_untold(struct world *world)
{
	struct view hypervisor = {world, &world->hypervisor.engine, true};

	return count_donated(&hypervisor) > 0;
}
