// Runs what was assembled on one of the backends, and takes down all that is compared.
#pragma once

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "lib/comparison.hpp"
#include "lib/run_options.hpp"

namespace avm {

/// Of a tape, `assembly` has the tape alone. `options`: which programs run, and how; where they name none,
/// the assembly's own entry, which is there. `hooks`: who else is told of what happens.
Ran run_on(Backend backend, const Assembly& assembly, const RunOptions& options,
           const StartOptions& hooks = {});

/// The same without a trace and with nobody who is told: an engine may take shorter ways then.
Ran run_unwatched(Backend backend, const Assembly& assembly, const RunOptions& options);

}  // namespace avm
