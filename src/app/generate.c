#include "app/generate.h"

#include <string.h>

int generate(const char *what)
{
	static const struct {
		const char *name;
		void (*write)(struct out *o);
	} kinds[] = {{"man", generate_man}, {"bash", generate_bash}, {"zsh", generate_zsh}, {"fish", generate_fish}};
	struct out o;
	enum exit_code code = out_open(&o, NULL);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, what) == 0)
			kinds[i].write(&o);
	return (int)exit_worse(code, out_close(&o));
}
