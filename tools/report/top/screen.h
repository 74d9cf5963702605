/* The terminal: full screen, keys, and giving it back. */
#ifndef BPGUARD_TOP_SCREEN_H
#define BPGUARD_TOP_SCREEN_H

#include <signal.h>

#include "top/page.h"

/* What a key asks for. */
enum key {
	NO_KEY,
	OTHER_KEY,
	RESIZED,
	TO_PANE, /* with the pane in *pane, or PANES for the next one */
	TO_ORDER,
	PAUSE,
	HELP,
	UP,
	DOWN,
	PAGE_UP,
	PAGE_DOWN,
	HOME,
	QUIT,
};

/* Takes the terminal. Ends the program by `refuse` where it cannot move its cursor. It is given
 * back at a fatal signal too. */
void screen_open(void);

/* Gives the terminal back; also where it was never taken. */
void screen_close(void);

void screen_size(int *width, int *height);
void screen_show(const struct top_page *page);

/* The next key that was pressed, or NO_KEY at once. */
enum key screen_key(enum pane *pane, enum order *order);

#endif
