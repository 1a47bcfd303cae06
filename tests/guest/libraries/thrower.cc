// The library half of cxx_exceptions.
#include "thrower.h"

#include <iostream>

Refusal::Refusal(const std::string &reason, int code) : std::runtime_error(reason), _code(code)
{
}

Refusal::~Refusal() = default;

namespace
{
    /// Shows that destructors run while an exception passes.
    struct Witness
    {
        const char *name;
        ~Witness() { std::cout << "unwound " << name << "\n"; }
    };

    struct Global
    {
        Global() { std::cout << "library: global constructed\n"; }
        ~Global() { std::cout << "library: global destroyed" << std::endl; }
    } s_global;
}

int call_through(int (*callback)(int), int argument)
{
    Witness witness{"call_through"};
    int result = callback(argument);
    if (result < 0)
    {
        throw Refusal("the callback refused", result);
    }

    return result;
}
