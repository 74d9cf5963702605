/* trace DIR RECORDS PEERS: writes a CTF trace of the layout that LTTng gives bpguard:epipe, of as
 * many records, 1 ms apart, from as many peers, each one's in a row, as a program that goes on
 * writing makes them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PACKET = 1 << 20, LARGEST = 1024 };

static const char metadata[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := uint16_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
    "typealias integer { size = 32; align = 8; signed = true; } := int32_t;\n"
    "typealias integer { size = 64; align = 8; signed = true; } := int64_t;\n"
    "trace { major = 1; minor = 8; byte_order = le;\n"
    "  uuid = \"00000000-0000-0000-0000-000000000000\";\n"
    "  packet.header := struct { uint32_t magic; uint8_t uuid[16]; uint32_t stream_id;\n"
    "    uint64_t stream_instance_id; }; };\n"
    "env { hostname = \"bench\"; domain = \"ust\"; };\n"
    "clock { name = c; freq = 1000000000; offset_s = 1790000000; };\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.c.value; } := time_t;\n"
    "stream { id = 0;\n"
    "  packet.context := struct { time_t timestamp_begin; time_t timestamp_end;\n"
    "    uint64_t content_size; uint64_t packet_size; uint64_t events_discarded; };\n"
    "  event.header := struct { uint16_t id; time_t timestamp; };\n"
    "  event.context := struct { uint64_t _ip; int32_t _vpid; int32_t _vtid; };\n"
    "};\n"
    "event { name = \"bpguard:epipe\"; id = 0; stream_id = 0; fields := struct {\n"
    "  int32_t _pid; int32_t _tid; string _comm; string _exe; string _call; string _syscall;\n"
    "  int32_t _fd;\n"
    "  enum : int32_t { \"\" = 0, \"tcp\" = 1, \"tcp6\" = 2, \"pipe\" = 7 } _type;\n"
    "  enum : int32_t { \"\" = 0, \"EPIPE\" = 32 } _errno;\n"
    "  int64_t _requested;\n"
    "  enum : int32_t { \"\" = 0, \"kill\" = 1, \"ignored\" = 2 } _sigpipe;\n"
    "  enum : int32_t { \"\" = 0, \"none\" = 1, \"nosignal\" = 2 } _action;\n"
    "  int32_t _saved; string _local; string _peer; int32_t _peer_pid; int64_t _peer_uid;\n"
    "  string _peer_comm;\n"
    "  enum : int32_t { \"\" = 0, \"peer-closed\" = 1, \"peer-reset\" = 2 } _cause;\n"
    "  enum : int32_t { \"\" = -1, \"CLOSE\" = 7 } _tcp_state;\n"
    "  int64_t _bytes_sent; int64_t _bytes_acked; int64_t _bytes_received; int64_t _lost;\n"
    "  int32_t _lost_at_most; int64_t _age_ms; int64_t _silent_ms;\n"
    "  int64_t _peer_silent_before_close_ms; int32_t _child_pid; string _child_status;\n"
    "  string _argv; int64_t _fds_left; int64_t _streak; uint64_t _ip; int64_t _suppressed;\n"
    "}; };\n";

static char packet[PACKET];
static size_t used;

static void put(const void *bytes, size_t size)
{
	memcpy(packet + used, bytes, size);
	used += size;
}

static void put16(uint16_t value)
{
	put(&value, sizeof value);
}

static void put32(int32_t value)
{
	put(&value, sizeof value);
}

static void put64(int64_t value)
{
	put(&value, sizeof value);
}

static void put_text(const char *text)
{
	put(text, strlen(text) + 1);
}

/* The i-th peer: addresses 10.0.0.0 and on. */
static void put_peer(uint32_t i)
{
	char text[64];

	snprintf(text, sizeof text, "%u.%u.%u.%u:%u", 10 + (i >> 24), i >> 16 & 255, i >> 8 & 255,
		 i & 255, 1024 + i % 60000);
	put_text(text);
}

/* In the order of shim/trace/events.h. */
static void put_record(uint64_t i, uint32_t peer)
{
	put16(0);
	put64((int64_t)i * 1000000);
	put64(0), put32(4711), put32(4711);
	put32(4711 + (int32_t)(peer % 8)), put32(4711);
	put_text("worker"), put_text("/usr/sbin/server"), put_text("send"), put_text("sendto");
	put32(17), put32(1), put32(32), put64(4096), put32(1), put32(2), put32(1);
	put_text("192.0.2.1:443");
	put_peer(peer);
	put32(-1), put64(-1), put_text("");
	put32(1 + (int32_t)(peer % 2)), put32(7);
	put64(123456), put64(120000), put64(512), put64(3456), put32(0);
	put64(60000), put64(5000), put64(peer % 2 ? -1 : (int64_t)(peer * 2654435761u % 600000));
	put32(-1), put_text(""), put_text(""), put64(-1), put64(1);
	put64(0x400000 + peer % 5 * 16), put64(0);
}

static void begin_packet(void)
{
	used = 0;
	put32((int32_t)0xc1fc1fc1), put64(0), put64(0), put32(0), put64(0);
	put64(0), put64(0), put64(0), put64(0), put64(0);
}

static void end_packet(FILE *file, uint64_t first, uint64_t last)
{
	size_t size = used;

	used = 32;
	put64((int64_t)first * 1000000), put64((int64_t)last * 1000000);
	put64((int64_t)size * 8), put64((int64_t)PACKET * 8), put64(0);
	memset(packet + size, 0, PACKET - size);
	if (fwrite(packet, 1, PACKET, file) != PACKET)
		exit(1);
}

static FILE *open_in(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

int main(int count, char **args)
{
	uint64_t records, peers, first = 0;
	FILE *file;

	if (count != 4 || (mkdir(args[1], 0755) != 0 && errno != EEXIST))
		return 2;
	records = strtoull(args[2], NULL, 10);
	peers = strtoull(args[3], NULL, 10);
	file = open_in(args[1], "metadata");
	fputs(metadata, file);
	fclose(file);
	file = open_in(args[1], "stream");
	begin_packet();
	for (uint64_t i = 0; i < records; i++) {
		put_record(i, (uint32_t)(i * peers / records));
		if (used > PACKET - LARGEST || i + 1 == records) {
			end_packet(file, first, i);
			begin_packet();
			first = i + 1;
		}
	}
	return fclose(file) != 0;
}
