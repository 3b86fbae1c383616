#include "text/utf8.h"
/* x */ int y; /* stderr
*/ int z; void f(void) { fputs("x", stderr); }
