#include "text/utf8.h"
#include <curl/curl.h>
