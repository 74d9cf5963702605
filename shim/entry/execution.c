#include "entry/execution.h"

#include "entry/presence.h"
#include "signal/disposition.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/private.h"

void execution_begin(struct execution *execution, enum executed where)
{
	execution->below = where == EXECUTED_BELOW;
	if (execution->below) {
		private_before_spawn();
	} else {
		presence_end();
		private_before_exec(lineage.owner);
	}
	execution->unblocked = mask_before_exec();
	execution->ignored = disposition_before_exec();
}

void execution_end(const struct execution *execution)
{
	disposition_after_exec(execution->ignored);
	mask_after_exec(execution->unblocked);
	if (execution->below)
		private_after_spawn();
}
