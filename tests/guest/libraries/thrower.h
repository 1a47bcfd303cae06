// A C++ library that throws across its boundary.
#pragma once
#include <stdexcept>
#include <string>

/// Thrown by the library and caught by the program: its type information must be one on both sides.
class Refusal : public std::runtime_error
{
public:
    Refusal(const std::string &reason, int code);
    ~Refusal() override;
    int code() const noexcept { return _code; }

private:
    int _code;
};

/// Calls back into the caller, and throws a Refusal when that returns a negative number.
int call_through(int (*callback)(int), int argument);
