/* Moved to gate/receipts.h: named here for those who have not noticed yet. */
#pragma once

#include "gate/receipts.h"
