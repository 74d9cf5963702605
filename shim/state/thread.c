#include "state/thread.h"

_Thread_local struct thread thread;
extern _Thread_local struct thread thread_afterwards __attribute__((alias("thread")));
