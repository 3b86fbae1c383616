/* Whether a file is a test, by its path. Conventions of the common test runners. */
#ifndef CTXCUT_TREE_TESTING_H
#define CTXCUT_TREE_TESTING_H

#include "base/span.h"

/* Below test/, tests/, spec/, __tests__/, testdata/ …, or named like one. */
bool path_is_test(struct span path);

/* The part of a test's name that names what it tests: "test_wallet.py", "wallet_test.go", "WalletTest.java", "wallet.spec.ts" all
 * give "wallet" as written. The whole stem when the name follows no convention; *by_name tells which. */
struct span test_subject(struct span path, bool *by_name);

/* The file's name without its folder and its extensions. */
struct span path_stem(struct span path);
struct span path_folder(struct span path); /* with its slash; empty on top */

#endif
