/* Kinds and their names; apart from the scanner, because profiles are checked without one. */
#include "tree/outline.h"

static const char *const kind_names[SYMBOL_KINDS] = {
	[SYMBOL_FUNCTION] = "function", [SYMBOL_METHOD] = "method", [SYMBOL_CONSTRUCTOR] = "constructor", [SYMBOL_CLASS] = "class",
	[SYMBOL_STRUCT] = "struct", [SYMBOL_UNION] = "union", [SYMBOL_ENUM] = "enum", [SYMBOL_INTERFACE] = "interface",
	[SYMBOL_TRAIT] = "trait", [SYMBOL_PROTOCOL] = "protocol", [SYMBOL_IMPLEMENTATION] = "implementation", [SYMBOL_RECORD] = "record",
	[SYMBOL_OBJECT] = "object", [SYMBOL_EXTENSION] = "extension", [SYMBOL_TYPE] = "type", [SYMBOL_MODULE] = "module",
	[SYMBOL_NAMESPACE] = "namespace", [SYMBOL_PACKAGE] = "package", [SYMBOL_MACRO] = "macro", [SYMBOL_CONSTANT] = "constant",
	[SYMBOL_VARIABLE] = "variable", [SYMBOL_FIELD] = "field", [SYMBOL_PROPERTY] = "property", [SYMBOL_ENUM_MEMBER] = "enum member",
	[SYMBOL_TEST] = "test", [SYMBOL_HEADING] = "heading", [SYMBOL_TARGET] = "target", [SYMBOL_KEY] = "key", [SYMBOL_TABLE] = "table",
	[SYMBOL_VIEW] = "view", [SYMBOL_INDEX] = "index", [SYMBOL_TRIGGER] = "trigger", [SYMBOL_MESSAGE] = "message",
	[SYMBOL_SERVICE] = "service", [SYMBOL_RPC] = "rpc", [SYMBOL_RESOURCE] = "resource",
};

const char *symbol_kind_name(enum symbol_kind kind) { return kind_names[kind]; }

enum symbol_kind symbol_kind_from_name(struct span name)
{
	int k = 0;
	while (k < SYMBOL_KINDS && !span_eq(name, span_of_str(kind_names[k])))
		k++;
	return (enum symbol_kind)k;
}
