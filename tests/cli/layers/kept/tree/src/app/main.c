#include "ctxcut.h"
#include "app/args.h"
#include <stdio.h>
int main(void) { puts("x"); }
