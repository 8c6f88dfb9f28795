// Carries the precompiled header of the tests, see WindtunnelTest.cmake.
int main() {}
