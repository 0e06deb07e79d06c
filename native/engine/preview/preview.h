// A picture of the desktop for a person's page: a capture of its own, small, as a JPEG file. Nothing of a stream's is
// touched; who asks does so in a process that streams nothing.
#pragma once

#include "base/result.h"
#include "contract/messages.h"
#include "contract/problems.h"

namespace punktfunk {

// Opens the target, takes its newest picture, lets go of it. Blocks for some milliseconds, at most for seconds where
// the desktop does not answer.
Result<contract::PreviewPicture, Failure> take_preview(const contract::TakePreview& wanted);

}  // namespace punktfunk
