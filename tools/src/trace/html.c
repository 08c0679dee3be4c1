/* Pictures in files: SVG alone, and a page. */
#include "trace/svg.h"

static void write_both(FILE *out, const struct story *story, unsigned y)
{
	struct memory *memory = memory_open(story);

	memory_write(out, memory, y);
	calls_write(out, story, y + memory_size(memory).height);
	memory_close(memory);
}

static struct picture both_size(const struct story *story)
{
	struct memory *memory = memory_open(story);
	struct picture size = memory_size(memory);
	struct picture calls = calls_size(story);

	memory_close(memory);
	size.height += calls.height;
	if (size.width < calls.width)
		size.width = calls.width;
	return size;
}

#define TITLE_HEIGHT 40

void svg_write(FILE *out, const struct story *story, const char *title)
{
	struct picture size = both_size(story);

	size.height += TITLE_HEIGHT;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	svg_begin(out, size, 0);
	fputs("<title>", out);
	xml_text(out, title);
	fputs("</title>\n", out);
	svg_style(out);
	svg_text(out, 12, 28, "t", title);
	write_both(out, story, TITLE_HEIGHT);
	fputs("</svg>\n", out);
}

/* --- The page ------------------------------------------------------------ */

static const char page_style[] =
	"<style>\n"
	"body{margin:0;font:14px/1.45 sans-serif;color:#1f2733;"
	"background:#f4f6f9}\n"
	"header{position:sticky;top:0;z-index:1;background:#fff;padding:10px "
	"18px;border-bottom:1px solid #d5dbe3}\n"
	"h1{font-size:18px;margin:0 0 4px}\n"
	"h2{font-size:15px;margin:0;padding:12px 18px 0}\n"
	"label{margin-right:12px}\n"
	"input{font:13px monospace;padding:3px 6px;width:16em}\n"
	"#told{font:12px monospace;min-height:1.5em;margin-top:4px;"
	"white-space:pre-wrap}\n"
	".box{margin:14px 18px;background:#fff;border:1px solid #d5dbe3;"
	"border-radius:6px;overflow:auto;max-height:60vh}\n"
	".box svg{display:block}\n"
	"#lines{font:12px/1.5 monospace;padding:8px 0;margin:0}\n"
	"#lines div{white-space:pre;padding:0 18px;cursor:pointer}\n"
	"#lines div.bad{color:#b3261e;font-weight:normal}\n"
	"#lines div.c{font-weight:bold;margin-top:8px}\n"
	"#lines div.hot,#lines div:hover{background:#fff0b8}\n"
	"</style>\n";

/* What belongs to one call is lit together; a click keeps it, and brings it
 * into view in the other boxes. The box leaves only what has its word. */
static const char page_script[] =
	"<script>\n"
	"//<![CDATA[\n"
	"(function () {\n"
	"  var told = document.getElementById('told');\n"
	"  var box = document.getElementById('find');\n"
	"  var all = {}, line = {}, kept = null, lit = null;\n"
	"  document.querySelectorAll('[data-e]').forEach(function (n) {\n"
	"    var e = n.getAttribute('data-e');\n"
	"    (all[e] = all[e] || []).push(n);\n"
	"    if (n.parentNode.id === 'lines') line[e] = n;\n"
	"  });\n"
	"  function of(event) {\n"
	"    var n = event.target.closest('[data-e]');\n"
	"    return n && n.getAttribute('data-e');\n"
	"  }\n"
	"  function light(e) {\n"
	"    if (lit !== null) all[lit].forEach(function (n) {\n"
	"      n.classList.remove('hot'); });\n"
	"    lit = e;\n"
	"    if (e === null) { told.textContent = ''; return; }\n"
	"    all[e].forEach(function (n) { n.classList.add('hot'); });\n"
	"    told.textContent = line[e].textContent;\n"
	"  }\n"
	"  function show(pane, n, p) {\n"
	"    if (n.top < p.top || n.bottom > p.bottom)\n"
	"      pane.scrollTop += (n.top + n.bottom - p.top - p.bottom) / 2;\n"
	"    if (n.width < p.width && (n.left < p.left || n.right > p.right))\n"
	"      pane.scrollLeft += (n.left + n.right - p.left - p.right) / 2;\n"
	"  }\n"
	"  document.addEventListener('mouseover', function (event) {\n"
	"    var e = of(event);\n"
	"    if (e !== null && e !== lit) light(e);\n"
	"    else if (e === null && lit !== kept) light(kept);\n"
	"  });\n"
	"  document.addEventListener('click', function (event) {\n"
	"    var e = of(event);\n"
	"    if (e === null) return;\n"
	"    kept = kept === e ? null : e;\n"
	"    light(e);\n"
	"    if (kept === null) return;\n"
	"    var from = event.target.closest('.box');\n"
	"    all[e].forEach(function (n) {\n"
	"      var pane = n.closest('.box');\n"
	"      if (pane !== from) show(pane, n.getBoundingClientRect(),\n"
	"        pane.getBoundingClientRect());\n"
	"    });\n"
	"  });\n"
	"  document.querySelectorAll('.stick-x,.stick-y')"
	".forEach(function (n) {\n"
	"    var pane = n.closest('.box');\n"
	"    var x = n.classList.contains('stick-x');\n"
	"    pane.addEventListener('scroll', function () {\n"
	"      n.setAttribute('transform', x ?\n"
	"        'translate(' + pane.scrollLeft + ',0)' :\n"
	"        'translate(0,' + pane.scrollTop + ')');\n"
	"    });\n"
	"  });\n"
	"  box.addEventListener('input', function () {\n"
	"    var word = box.value.toLowerCase();\n"
	"    Object.keys(all).forEach(function (e) {\n"
	"      var off = line[e].textContent.toLowerCase()"
	".indexOf(word) < 0;\n"
	"      all[e].forEach(function (n) {\n"
	"        n.classList.toggle('dim', off); });\n"
	"    });\n"
	"    document.querySelectorAll('.band').forEach(function (n) {\n"
	"      n.classList.toggle('dim', word !== '' &&\n"
	"        n.getAttribute('data-t').toLowerCase()"
	".indexOf(word) < 0);\n"
	"    });\n"
	"  });\n"
	"})();\n"
	"//]]>\n"
	"</script>\n";

static void write_line(FILE *out, const struct story *story, size_t index)
{
	const struct entry *entry = story->shown[index].entry;
	const char *class = entry_refused(entry) ? "bad" : "";
	char line[LOG_LINE_SIZE + 32];

	if (entry->kind == ENTRY_CHAPTER)
		class = "c";
	shown_line(story, index, line);
	fprintf(out, "<div data-e=\"%zu\" class=\"%s\">", index, class);
	xml_text(out, line);
	fputs("</div>\n", out);
}

static void write_figures(FILE *out, const struct story *story)
{
	size_t calls = 0;
	size_t refused = 0;
	size_t faults = 0;

	for (size_t i = 0; i < story->count; i++) {
		const struct entry *entry = story->shown[i].entry;

		if (entry->kind != ENTRY_RECORD)
			continue;
		if (entry->record.func != 0)
			calls += story->shown[i].times;
		if (entry->record.change == TRACE_INJECTED)
			faults += story->shown[i].times;
		if (entry_refused(entry))
			refused += story->shown[i].times;
	}
	fprintf(out, "<div>%zu calls, %zu refused; %zu accesses stopped.",
		calls, refused, faults);
	if (story->left_out > 0)
		fprintf(out, " %zu more lines are not shown.", story->left_out);
	fputs("</div>\n", out);
}

void html_write(FILE *out, const struct story *story, const char *title)
{
	struct memory *memory = memory_open(story);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n<title>",
		out);
	xml_text(out, title);
	fputs("</title>\n", out);
	fputs(page_style, out);
	svg_style(out);
	fputs("</head>\n<body>\n<header><h1>", out);
	xml_text(out, title);
	fputs("</h1>\n", out);
	write_figures(out, story);
	fputs("<label>Only what has <input id=\"find\" type=\"search\" "
	      "placeholder=\"sp1, 0x70010000, DENIED\"/></label>\n"
	      "<div id=\"told\"></div>\n</header>\n<div class=\"box\">\n",
		out);
	memory_write(out, memory, 0);
	fputs("</div>\n<div class=\"box\">\n", out);
	calls_write(out, story, 0);
	fputs("</div>\n<div class=\"box\">\n<h2>The trace</h2>\n"
	      "<div id=\"lines\">\n",
		out);
	for (size_t i = 0; i < story->count; i++)
		write_line(out, story, i);
	fputs("</div></div>\n", out);
	fputs(page_script, out);
	fputs("</body>\n</html>\n", out);
	memory_close(memory);
}
