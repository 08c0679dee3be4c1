#include "trace/trace.h"
void story_open(struct story *story, const struct log *log)
{
	(void)story;
	(void)log;
}
void story_close(struct story *story)
{
	(void)story;
}
void svg_write(FILE *out, const struct story *story, const char *title)
{
	(void)out;
	(void)story;
	(void)title;
}
void html_write(FILE *out, const struct story *story, const char *title)
{
	(void)out;
	(void)story;
	(void)title;
}
