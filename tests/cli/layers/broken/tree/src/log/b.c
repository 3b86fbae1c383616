#include <yaml.h>
#include "log/a.h" // comment
void f(void) { exit(1); }
