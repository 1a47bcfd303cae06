// C++ exceptions through frames of a shared library and of the program, both ways; iostream, containers, rethrow.
#include "thrower.h"

#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

static int refuse(int value)
{
    return -value;
}

static int throw_here(int value)
{
    throw std::out_of_range("value " + std::to_string(value));
}

static int nested(int value)
{
    try
    {
        return call_through(refuse, value);
    }
    catch (const Refusal &)
    {
        std::throw_with_nested(std::logic_error("outer"));
    }
}

int main()
{
    std::cout << call_through([](int value) { return value * 2; }, 21) << "\n";

    try
    {
        call_through(refuse, 5);
    }
    catch (const Refusal &refusal)
    {
        std::cout << "caught Refusal: " << refusal.what() << " " << refusal.code() << "\n";
    }

    try
    {
        call_through(throw_here, 9);
    }
    catch (const std::exception &exception)
    {
        std::cout << "caught through the library: " << exception.what() << "\n";
    }

    try
    {
        call_through(nested, 3);
    }
    catch (const std::logic_error &outer)
    {
        try
        {
            std::rethrow_if_nested(outer);
        }
        catch (const Refusal &inner)
        {
            std::cout << outer.what() << " holds " << inner.code() << "\n";
        }
    }

    try
    {
        std::vector<int>().at(1);
    }
    catch (const std::out_of_range &)
    {
        std::cout << "libstdc++ threw\n";
    }

    std::map<std::string, int> counts;
    for (int i = 0; i < 30; i++)
    {
        try
        {
            call_through(refuse, 1 + i % 3);
        }
        catch (const Refusal &refusal)
        {
            counts[std::to_string(refusal.code())]++;
        }
    }

    for (const auto &entry : counts)
    {
        std::cerr << entry.first << ": " << entry.second << "\n";
    }

    return 0;
}
