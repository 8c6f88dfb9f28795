#include <iostream>

#include "windtunnel/runtime.h"

int main() { std::cout << "built against an installed windtunnel\n"; }
