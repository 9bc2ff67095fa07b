/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/page/page.h"

#include <string.h>

#define PAGE_HTML "text/html; charset=utf-8"
#define PAGE_CSS "text/css; charset=utf-8"
#define PAGE_JS "text/javascript; charset=utf-8"
#define PAGE_FILE(name, type, bytes)                                           \
	{                                                                      \
		"/" name, (type), (bytes), sizeof(bytes)                       \
	}

/* The bytes of each file, and PAGE_FILES, a PAGE_FILE for each. */
#include "daemon/certprov-web/page/page-files.h"

static const struct page_file page_files[] = {PAGE_FILES};

const struct page_file *page_find(const char *path)
{
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (size_t i = 0; i < sizeof(page_files) / sizeof(*page_files); i++)
		if (strcmp(page_files[i].path, path) == 0)
			return &page_files[i];
	return NULL;
}

void page_handle(struct exchange *e, const struct page_file *file)
{
	/* Asked for anew each time: a phone is updated while pages are open.
	 * Every browser knows gzip, and there is no other form (RFC
	 * 9110 12.5.3). */
	if (exchange_set_header(e, "Cache-Control", "no-cache") < 0 ||
		exchange_set_header(e, "Content-Encoding", "gzip") < 0) {
		exchange_answer(e, 503, NULL, NULL, 0);
		return;
	}
	exchange_answer(e, 200, file->content_type, file->data, file->size);
}
