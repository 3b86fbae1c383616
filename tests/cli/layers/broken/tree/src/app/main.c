#include "base/span.h"
#include <jansson.h>
