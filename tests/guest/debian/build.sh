# 16 sources, a header and a make of four jobs.
set -e
cd /tmp
printf 'OBJECTS := main.o %s\nprogram: $(OBJECTS)\n\t$(CC) -o $@ $^\n%%.o: %%.c all.h\n\t$(CC) -O1 -Wall -Werror -c -o $@ $<\n' "$(seq -s ' ' -f f%g.o 1 16)" > Makefile
for i in $(seq 1 16); do
    echo "unsigned f$i(unsigned x);"
    printf '#include <stdio.h>\n#include "all.h"\nunsigned f%d(unsigned x)\n{\n    for (unsigned i = 0; i < %d; i++) x = x * 31 + i;\n    return x;\n}\n' $i $i > f$i.c
done > all.h
{ printf '#include <stdio.h>\n#include "all.h"\nint main(void)\n{\n    unsigned x = 1;\n'; seq -f '    x = f%g(x);' 1 16; printf '    return printf("%%08x\\n", x) != 9;\n}\n'; } > main.c
make -s -j4
./program
make -q && echo up to date
