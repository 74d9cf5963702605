#include "entry/execution.h"

#include "entry/presence.h"
#include "signal/disposition.h"
#include "signal/mask.h"

void execution_begin(struct execution *execution, enum executed where)
{
	if (where == EXECUTED_HERE)
		presence_end();
	execution->unblocked = mask_before_exec();
	execution->ignored = disposition_before_exec();
}

void execution_end(const struct execution *execution)
{
	disposition_after_exec(execution->ignored);
	mask_after_exec(execution->unblocked);
}
