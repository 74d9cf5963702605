#include "top/screen.h"

#include "top/refuse.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* term.h has macros of such names. */
#undef lines
#undef columns

static bool is_open, has_colours;

/* --- taking it, and giving it back --- */

/* For a fatal signal: nothing of curses' may be called then. */
static struct termios before;
static char leaving[256];

static void give_back(int number)
{
	if (write(STDOUT_FILENO, leaving, strlen(leaving)) < 0)
		_exit(125);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	/* SA_RESETHAND: now it takes its usual course. */
	raise(number);
}

static void append_string(const char *name)
{
	const char *text = tigetstr(name);
	size_t used = strlen(leaving);
	if (text && text != (const char *)-1 && used + strlen(text) < sizeof(leaving))
		memcpy(leaving + used, text, strlen(text) + 1);
}

static void prepare_for_the_worst(void)
{
	static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
	struct sigaction action = {.sa_handler = give_back};
	action.sa_flags = (int)SA_RESETHAND;
	append_string("sgr0");
	append_string("cnorm");
	append_string("rmcup");
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}

static void require_terminal(void)
{
	const char *name = getenv("TERM"), *move;
	int error;
	static const char why[] = "this terminal's cursor cannot be moved; "
				  "see bpguard report, or | cat for plain text";
	if (!name || !*name)
		refuse("TERM is not set", why);
	if (strcmp(name, "dumb") == 0 || setupterm(NULL, STDOUT_FILENO, &error) != OK)
		refuse(name, why);
	move = tigetstr("cup");
	if (!move || move == (const char *)-1)
		refuse(name, why);
}

static void set_colours(void)
{
	const char *none = getenv("NO_COLOR");
	has_colours = !(none && *none) && has_colors() && start_color() == OK;
	if (!has_colours)
		return;
	use_default_colors();
	init_pair(1, COLOR_CYAN, -1);
	init_pair(2, COLOR_RED, -1);
}

void screen_open(void)
{
	require_terminal();
	tcgetattr(STDIN_FILENO, &before);
	set_escdelay(25);
	initscr();
	is_open = true;
	prepare_for_the_worst();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	set_colours();
}

void screen_close(void)
{
	if (is_open)
		endwin();
	is_open = false;
}

/* --- showing --- */

void screen_size(int *width, int *height)
{
	getmaxyx(stdscr, *height, *width);
}

static attr_t attributes_of(enum style style)
{
	switch (style) {
	case STRONG:
		return A_BOLD;
	case HEADING:
		return A_REVERSE;
	case ALERT:
		return A_BOLD | (has_colours ? COLOR_PAIR(2) : 0);
	case FAINT:
		return A_DIM;
	default:
		return A_NORMAL;
	}
}

static void show_line(int row, const struct line *line)
{
	move(row, 0);
	clrtoeol();
	if (!line->used)
		return;
	attrset((int)attributes_of(line->style));
	addnstr(line->text, (int)line->bar);
	attrset(has_colours ? COLOR_PAIR(1) : A_NORMAL);
	addstr(line->text + line->bar);
	attrset(A_NORMAL);
}

void screen_show(const struct top_page *page)
{
	for (int i = 0; i < page->count; i++)
		show_line(i, &page->lines[i]);
	if (page->count < page->height) {
		move(page->count, 0);
		clrtobot();
	}
	refresh();
}

/* --- keys --- */

/* What they ask for; of those that choose, what is chosen. */
static const struct {
	int code;
	enum key key;
	int choice;
} keys[] = {
    {KEY_RESIZE, RESIZED, 0},
    {'\t', TO_PANE, PANES},
    {'1', TO_PANE, PROGRAMS},
    {'2', TO_PANE, PEERS},
    {'3', TO_PANE, CAUSES},
    {'r', TO_ORDER, BY_RATE},
    {'t', TO_ORDER, BY_TOTAL},
    {'l', TO_ORDER, BY_LOST},
    {'n', TO_ORDER, BY_NAME},
    {'p', PAUSE, 0},
    {' ', PAUSE, 0},
    {'h', HELP, 0},
    {'?', HELP, 0},
    {KEY_UP, UP, 0},
    {KEY_DOWN, DOWN, 0},
    {KEY_PPAGE, PAGE_UP, 0},
    {KEY_NPAGE, PAGE_DOWN, 0},
    {KEY_HOME, HOME, 0},
    {'q', QUIT, 0},
    {'Q', QUIT, 0},
};

enum key screen_key(enum pane *pane, enum order *order)
{
	int code = getch();
	if (code == ERR)
		return NO_KEY;
	if (code == '\f')
		clearok(curscr, TRUE);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].code != code)
			continue;
		if (keys[i].key == TO_PANE)
			*pane = (enum pane)keys[i].choice;
		else if (keys[i].key == TO_ORDER)
			*order = (enum order)keys[i].choice;
		return keys[i].key;
	}
	return OTHER_KEY;
}
