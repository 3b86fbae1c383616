#include "log/class.h"

const char *line_class_name(enum line_class c)
{
	static const char *const names[] = {
		[CLASS_PLAIN] = "plain",     [CLASS_NOISE] = "noise",     [CLASS_PASS] = "pass",
		[CLASS_SECTION] = "section", [CLASS_SUMMARY] = "summary", [CLASS_TRACE] = "trace",
		[CLASS_WARNING] = "warning", [CLASS_ERROR] = "error",     [CLASS_FAILURE] = "failure",
	};
	return names[c];
}
