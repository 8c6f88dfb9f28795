#include <iostream>

#include "windtunnel/simulator.h"
#ifdef CONSUMER_HAS_CLIENT
#include "windtunnel/client.h"
#endif

int main() {
  windtunnel::Simulator simulator;
  if (!simulator.Connect("consumer").ok()) return 1;
  simulator.RunFor(absl::Hours(1));

#ifdef CONSUMER_HAS_CLIENT
  windtunnel::ThreadRuntime runtime;
  if (windtunnel::Connect(runtime, "nats://127.0.0.1:1", {}).ok()) return 2;
#endif
  std::cout << "an installed windtunnel works\n";
}
