// The tests include what Catch2 2.13 offers, which is what Debian 12 has. This folder is searched
// only where Catch2 3 is used instead; it gave the header another name and put `Approx` elsewhere.
#pragma once

#include <catch2/catch_all.hpp>

using Catch::Approx;
