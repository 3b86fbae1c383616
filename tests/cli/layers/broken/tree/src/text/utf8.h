#include "ctxcut.h"
#include <pcre2.h>
#include "../base/span.h"
