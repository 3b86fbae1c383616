#include "text/utf8.h"
/* printf() and stderr are only spoken of here,
 * as is exit(1) */
const char *const word = "exit(1)";
int words_exit;
