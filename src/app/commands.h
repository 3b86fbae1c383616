/* One function per command, each in its own file. They return the exit status. */
#ifndef CTXCUT_APP_COMMANDS_H
#define CTXCUT_APP_COMMANDS_H

struct args;

int cmd_reduce(const struct args *args);
int cmd_run(const struct args *args);
int cmd_show(const struct args *args);
int cmd_slice(const struct args *args);
int cmd_check(const struct args *args);
int cmd_tokens(const struct args *args);
int cmd_templates(const struct args *args);
int cmd_filters(const struct args *args);
int cmd_bench(const struct args *args);
int cmd_manifest(const struct args *args);
int cmd_help(const struct args *args);

#endif
