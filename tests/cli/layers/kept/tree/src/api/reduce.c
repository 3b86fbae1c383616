#include "ctxcut.h"
#include "log/mask.h"
