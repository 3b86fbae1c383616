/* Inner error codes as the public ones. */
#ifndef CTXCUT_API_STATUS_H
#define CTXCUT_API_STATUS_H

#include "base/err.h"
#include "ctxcut.h"

enum ctxcut_status status_of(enum err_code code);

#endif
