/* Notes on peers, on real sockets. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "state/lineage.h"
#include "state/peers.h"
#include "suite.h"

static int listener, client, accepted;

static void connect_pair(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	lineage_forked(); /* each test runs in a child of its own */
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, length), 0);
	accepted = accept(listener, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
}

static in_port_t noted_port(int fd)
{
	struct peer peer;
	if (!peers_find(fd, &peer))
		return 0;
	return ((struct sockaddr_in *)peer.address)->sin_port;
}

static in_port_t clients_port(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	getsockname(client, (struct sockaddr *)&address, &length);
	return address.sin_port;
}

START_TEST(a_note_is_found)
{
	ck_assert_uint_eq(noted_port(accepted), 0);
	peers_note(accepted, NULL, 0, ORIGIN_ACCEPTED);
	ck_assert_uint_eq(noted_port(accepted), clients_port());
}
END_TEST

START_TEST(a_reused_number_is_not_the_old_peer)
{
	peers_note(accepted, NULL, 0, ORIGIN_ACCEPTED);
	ck_assert_int_eq(dup2(client, accepted), accepted);
	ck_assert_uint_eq(noted_port(accepted), 0);
}
END_TEST

START_TEST(a_duplicate_has_the_same_peer)
{
	int copy = fcntl(accepted, F_DUPFD, 2000); /* another chunk of the table */
	ck_assert_int_ge(copy, 2000);
	peers_note(accepted, NULL, 0, ORIGIN_ACCEPTED);
	peers_copy(accepted, copy);
	ck_assert_uint_eq(noted_port(copy), clients_port());
}
END_TEST

START_TEST(a_shutdown_is_remembered)
{
	struct peer peer;
	peers_note(accepted, NULL, 0, ORIGIN_ACCEPTED);
	ck_assert(peers_find(accepted, &peer) && !peer.shut);
	peers_note_shutdown(accepted);
	ck_assert(peers_find(accepted, &peer) && peer.shut);
	ck_assert_uint_eq(noted_port(accepted), clients_port());
}
END_TEST

START_TEST(what_is_no_socket_has_no_note)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	peers_note(ends[1], NULL, 0, ORIGIN_GIVEN);
	ck_assert_uint_eq(noted_port(ends[1]), 0);
	peers_note(-1, NULL, 0, ORIGIN_GIVEN);
	peers_note(1 << 30, NULL, 0, ORIGIN_GIVEN);
	peers_copy(-1, 1 << 30);
	ck_assert_uint_eq(noted_port(-1), 0);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, connect_pair, NULL);
	tcase_add_test(tcase, a_note_is_found);
	tcase_add_test(tcase, a_reused_number_is_not_the_old_peer);
	tcase_add_test(tcase, a_duplicate_has_the_same_peer);
	tcase_add_test(tcase, a_shutdown_is_remembered);
	tcase_add_test(tcase, what_is_no_socket_has_no_note);
}

int main(void)
{
	return run_suite("peers", add);
}
