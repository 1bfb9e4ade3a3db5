// SPDX-License-Identifier: GPL-2.0-only OR MIT
#define CT_VALUE 264
#include "maps.h"
