#include "base/raw.h"

bool raw_filtered;
