#include <yaml.h>
#include "app/args.h"
void f(void) { printf("x"); }
