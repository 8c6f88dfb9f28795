// What random configurations of consumers are made of, as text of JSON.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONSUMER_CONFIG_CHOICES_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONSUMER_CONFIG_CHOICES_H_

#include <string>
#include <vector>

namespace windtunnel::conform {

// A field of the configuration.
struct Choice {
  std::string field;
  int percent = 0;  // How often it is there at all.
  std::vector<std::string> good;
  std::vector<std::string> bad;  // Refused by some server, or odd.
};

// For every consumer, and for consumers of one kind besides.
const std::vector<Choice>& AllChoices();
const std::vector<Choice>& PullChoices();
const std::vector<Choice>& PushChoices();

// Values of no field's type, or of few.
const std::vector<std::string>& OddValues();

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONSUMER_CONFIG_CHOICES_H_
