# A C and a C++ program that make builds: a static and a shared library, threads, exceptions, the standard library; and their tools.
set -e
mkdir -p /tmp/project && cd /tmp/project
export LC_ALL=C
cat > shape.h <<'END'
#include <stdexcept>
#include <string>
struct shape { virtual ~shape() = default; virtual double area() const = 0; };
shape *make_shape(const std::string &name);
extern "C" unsigned checksum(const char *text);
END
cat > checksum.c <<'END'
#include <stddef.h>
unsigned checksum(const char *text) { unsigned sum = 0; for (size_t i = 0; text[i]; i++) sum = sum * 31 + (unsigned char)text[i]; return sum; }
END
cat > shape.cc <<'END'
#include "shape.h"
namespace { struct square : shape { double area() const override { return 4; } }; }
shape *make_shape(const std::string &name) { if (name == "square") return new square; throw std::out_of_range("no " + name); }
END
cat > main.cc <<'END'
#include "shape.h"
#include <atomic>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>
int main()
{
    std::unique_ptr<shape> it(make_shape("square"));
    std::cout << "area " << it->area() << ", checksum " << checksum("text") << '\n';
    try { make_shape("circle"); } catch (const std::exception &error) { std::cout << "caught " << error.what() << '\n'; }
    std::atomic<long> total{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; t++) threads.emplace_back([&total, t] { for (int i = 0; i < 1000; i++) total += t; });
    for (auto &thread : threads) thread.join();
    std::exception_ptr thrown;
    std::thread([&thrown] { try { throw std::runtime_error("from a thread"); } catch (...) { thrown = std::current_exception(); } }).join();
    try { std::rethrow_exception(thrown); } catch (const std::exception &error) { std::cout << error.what() << ", total " << total << '\n'; }
}
END
cat > plain.c <<'END'
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv)
{
    int numbers[] = {3, 1, 2};
    qsort(numbers, 3, sizeof *numbers, compare);
    printf("%d%d%d %.6f %.3f %s\n", numbers[0], numbers[1], numbers[2], sqrt(2), creal(cexp(I)), argc > 1 ? argv[1] : "nothing");
    return argc;
}
END
printf '%s\n' 'CXXFLAGS := -std=c++17 -O1 -Wall -Wextra -Werror -pthread' 'all: program plain' 'program: main.o libshape.so libchecksum.a' \
    '	$(CXX) $(CXXFLAGS) -o $@ main.o -L. -lshape -lchecksum -Wl,-rpath,$(CURDIR)' 'libshape.so: shape.cc shape.h' '	$(CXX) $(CXXFLAGS) -shared -fPIC -o $@ $<' \
    'libchecksum.a: checksum.o' '	$(AR) rcs $@ $^' 'plain: plain.c' '	$(CC) -std=c17 -O2 -Wall -Werror -static -o $@ $< -lm' 'main.o: shape.h' > Makefile
make -s -j2 && make -q && echo "up to date"
./program; ./plain word || echo "status $?"
touch -d 'next hour' shape.h && make -n 2> /dev/null | grep -c -- '-c '
nm -D --defined-only libshape.so | c++filt | grep -c 'make_shape'; ldd program | grep -c '=>'; readelf -h plain | grep -c 'EXEC'; objdump -d plain | grep -c '<main>:'; strip plain && ./plain > /dev/null || echo "status $?"
echo 'int main(void) { return missing; }' > bad.c; gcc bad.c 2>&1 | grep -c "undeclared" ; echo 'int f(void); int main(void) { return f(); }' > bad.c; gcc bad.c 2>&1 | grep -o 'undefined reference to `f.'
echo 'int main(void) { volatile int *p = 0; return *p; }' > crash.c; gcc -o crash crash.c; bash -c './crash; echo "status $?"' 2> /dev/null
gcc -pipe -O2 -S -o - checksum.c | grep -c 'ret$'
