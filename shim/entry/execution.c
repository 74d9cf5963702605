#include "entry/execution.h"

#include "entry/presence.h"
#include "signal/mask.h"

void execution_begin(struct execution *execution, enum executed where)
{
	if (where == EXECUTED_HERE)
		presence_end();
	execution->unblocked = mask_before_exec();
}

void execution_end(const struct execution *execution)
{
	mask_after_exec(execution->unblocked);
}
