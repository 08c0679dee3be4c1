/* See regs.h. */
#include "decode/regs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/ffa_names.h"

/* --- Tokens ------------------------------------------------------------ */

enum token_type {
	TOKEN_END,
	TOKEN_NUMBER,   /* hex; `prefixed` by 0x or not */
	TOKEN_REGISTER, /* x0, w17, a3, r1, arg2 */
	TOKEN_WORD,     /* anything else of letters and digits */
};

struct token {
	enum token_type type;
	uint64_t value; /* or the register's number */
	unsigned digits;
	bool prefixed;
	bool decimal;       /* has no digit but 0 to 9 */
	const char *before; /* what is between the token before and this one */
	const char *at;
	const char *end;
};

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool read_number(struct token *token)
{
	const char *at = token->at;

	token->prefixed = at[0] == '0' && (at[1] | 0x20) == 'x';
	if (token->prefixed)
		at += 2;
	token->value = 0;
	token->digits = (unsigned)(token->end - at);
	token->decimal = !token->prefixed;
	if (token->digits == 0 || token->digits > 16)
		return false;
	for (; at < token->end; at++) {
		if (!isxdigit((unsigned char)*at))
			return false;
		token->decimal &= isdigit((unsigned char)*at) != 0;
		token->value = token->value << 4 |
			       (unsigned)(isdigit((unsigned char)*at)
						  ? *at - '0'
						  : (*at | 0x20) - 'a' + 10);
	}
	return true;
}

static bool read_register(struct token *token)
{
	static const char *const names[] = {"x", "w", "r", "a", "arg"};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		size_t length = strlen(names[i]);
		const char *at = token->at + length;
		unsigned long number;
		char *end;

		if (strncasecmp(token->at, names[i], length) != 0 ||
			!isdigit((unsigned char)*at))
			continue;
		number = strtoul(at, &end, 10);
		if (end != token->end || end - at > 2 ||
			number >= FFA_REG_COUNT)
			continue;
		token->value = number;
		return true;
	}
	return false;
}

static void next_token(struct token *token)
{
	token->before = token->end;
	token->at = token->end;
	while (*token->at != '\0' && !is_word_char(*token->at))
		token->at++;
	token->end = token->at;
	while (is_word_char(*token->end))
		token->end++;
	if (token->at == token->end)
		token->type = TOKEN_END;
	else if (read_register(token))
		token->type = TOKEN_REGISTER;
	else if (read_number(token))
		token->type = TOKEN_NUMBER;
	else
		token->type = TOKEN_WORD;
}

static bool gap_has(const struct token *token, const char *characters)
{
	for (const char *at = token->before; at < token->at; at++)
		if (strchr(characters, *at) != NULL)
			return true;
	return false;
}

/* "x0=…", "x0: …", or "x0 0x…". */
static bool is_value(const struct token *token)
{
	return token->type == TOKEN_NUMBER &&
	       (gap_has(token, "=:") || token->prefixed || token->digits >= 8);
}

/* A number that a logger prints for an id: also as decimal. */
static bool is_function(const struct token *token, uint64_t *id)
{
	*id = token->value;
	if (token->type != TOKEN_NUMBER)
		return false;
	if (token->decimal && token->digits == 10) {
		*id = strtoull(token->at, NULL, 10);
		return call_is_ffa(*id);
	}
	return (token->prefixed || token->digits >= 8) && call_is_ffa(*id);
}

/* --- Calls on a line --------------------------------------------------- */

struct scan {
	struct regs_line *out;
	struct call *call; /* the one that is being filled, or NULL */
	bool named;        /* its registers have names */
	bool prefixed;     /* its numbers have 0x */
	bool closed;       /* no more numbers without a name are its own */
	unsigned next;     /* the register of the next such number */
};

static void set_register(struct call *call, unsigned reg, uint64_t value)
{
	call->regs.x[reg] = value;
	call->known |= 1u << reg;
}

static void begin_call(struct scan *scan, bool named)
{
	scan->call = NULL;
	scan->named = named;
	scan->closed = false;
	scan->next = 1;
	if (scan->out->count == REGS_CALLS)
		return;
	scan->call = &scan->out->calls[scan->out->count++];
	*scan->call = (struct call){.known = 0};
}

/* The call has no such register yet; or no more than an id without a name. */
static bool takes(const struct scan *scan, unsigned reg)
{
	if (scan->call == NULL || reg == 0)
		return false;
	return scan->named ? !call_knows(scan->call, reg)
			   : scan->call->known == 1;
}

static void named_register(struct scan *scan, unsigned reg, uint64_t value)
{
	if (!takes(scan, reg)) {
		if (scan->out->count == 0 && reg > 0)
			scan->out->goes_on = true;
		begin_call(scan, true);
	}
	scan->named = true;
	if (scan->call != NULL)
		set_register(scan->call, reg, value);
}

/* An id begins a call, unless it can only be another's argument. */
static bool begins_call(const struct scan *scan, const struct token *token)
{
	bool apart = scan->closed || gap_has(token, ">=:;|");

	if (scan->call == NULL)
		return true;
	if (call_func(scan->call) == FFA_FEATURES && scan->call->known == 1)
		return false;
	/* gdb prints a register's value again, as decimal. */
	return scan->named ? token->prefixed : apart;
}

/* A number without a name: an id, or what follows one. */
static void bare_number(struct scan *scan, const struct token *token)
{
	uint64_t id;

	if (is_function(token, &id) && begins_call(scan, token)) {
		begin_call(scan, false);
		scan->prefixed = token->prefixed;
		/* A decimal id has no words behind it that we know of. */
		scan->closed = token->decimal && token->digits == 10;
		if (scan->call != NULL)
			set_register(scan->call, 0, id);
		return;
	}
	if (scan->call == NULL || scan->named || scan->closed)
		return;
	if (scan->next < FFA_REG_COUNT && token->prefixed == scan->prefixed)
		set_register(scan->call, scan->next++, token->value);
	else
		scan->closed = true;
}

static void scan_token(struct scan *scan, struct token *token)
{
	if (token->type == TOKEN_REGISTER) {
		unsigned reg = (unsigned)token->value;
		struct token value = *token;

		next_token(&value);
		if (is_value(&value)) {
			named_register(scan, reg, value.value);
			*token = value;
			return;
		}
		/* "a1" may be a number, too. */
		if (read_number(token))
			token->type = TOKEN_NUMBER;
	}
	if (token->type == TOKEN_NUMBER)
		bare_number(scan, token);
	else
		scan->closed = true;
}

/* Only calls that have an id of FF-A, or may go on with one, are kept. */
static void keep_calls(struct regs_line *out)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < out->count; i++) {
		const struct call *call = &out->calls[i];

		if ((i == 0 && out->goes_on) ||
			(call_knows(call, 0) && call_is_ffa(call->regs.x[0])))
			out->calls[kept++] = *call;
	}
	out->count = kept;
}

void regs_in_line(const char *line, struct regs_line *out)
{
	struct token token = {.end = line};
	struct scan scan = {.out = out};

	out->count = 0;
	out->goes_on = false;
	for (next_token(&token); token.type != TOKEN_END; next_token(&token))
		scan_token(&scan, &token);
	/* Android's pKVM prints the id of a call and the answer's registers. */
	if (out->count > 0 && strstr(line, "ffa_func=") != NULL)
		out->calls[0].known &= 1;
	keep_calls(out);
}

bool regs_add(struct call *call, const struct call *more)
{
	if ((call->known & more->known) != 0)
		return false;
	for (unsigned reg = 0; reg < FFA_REG_COUNT; reg++)
		if (call_knows(more, reg))
			set_register(call, reg, more->regs.x[reg]);
	return true;
}

/* --- Words and nothing else -------------------------------------------- */

bool regs_only(const char *words, struct call *call)
{
	struct token token = {.end = words};
	unsigned next = 0;

	*call = (struct call){.known = 0};
	for (next_token(&token); token.type != TOKEN_END; next_token(&token)) {
		struct token value = token;

		next_token(&value);
		if (token.type == TOKEN_REGISTER &&
			value.type == TOKEN_NUMBER && gap_has(&value, "=: ")) {
			next = (unsigned)token.value;
			token = value;
		} else if (!read_number(&token)) {
			return false;
		}
		if (next >= FFA_REG_COUNT || call_knows(call, next))
			return false;
		set_register(call, next++, token.value);
	}
	return call_knows(call, 0);
}

uint32_t regs_function(const char *word)
{
	uint32_t form = 0;
	size_t length;

	if (isdigit((unsigned char)*word)) {
		unsigned long long id = strtoull(word, NULL, 16);

		return call_is_ffa(id) ? (uint32_t)id : 0;
	}
	if (strncasecmp(word, "FFA_", 4) == 0)
		word += 4;
	length = strlen(word);
	if (length > 3 && strcmp(word + length - 3, "_64") == 0) {
		form = FFA_64;
		length -= 3;
	}
	for (uint32_t id = FFA_ERROR; (id & 0xffff) <= FFA_NUMBER_LAST; id++) {
		const char *name = ffa_func_name(id);

		if (name != NULL && strlen(name) == length &&
			strncasecmp(name, word, length) == 0)
			return id | form;
	}
	return 0;
}
