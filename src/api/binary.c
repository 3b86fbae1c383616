/* What is no text, for the public header. */
#include "ctxcut.h"
#include "input/source.h"

const char *ctxcut_binary(const void *head, size_t len)
{
	struct span bytes = {head, len};
	return source_looks_binary(bytes) ? source_binary_kind(bytes) : NULL;
}
