#include "api/status.h"

enum ctxcut_status status_of(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return CTXCUT_OK;
	case ERR_USAGE:
		return CTXCUT_USAGE;
	case ERR_OUTPUT:
		return CTXCUT_OUTPUT;
	case ERR_STORE:
		return CTXCUT_STORE;
	case ERR_MISSING:
		return CTXCUT_MISSING;
	case ERR_CHANGED:
		return CTXCUT_CHANGED;
	case ERR_INPUT:
	case ERR_LIMIT:
		break;
	}
	return CTXCUT_INPUT;
}
