#include <zstd.h>
#include "base/span.h"
#include "text/utf8.h"
