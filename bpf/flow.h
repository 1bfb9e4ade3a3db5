/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every struct and enum that user space reads, but for those of inbox.h and
 * firewall_maps.h. C is the only place where a layout is written: user space
 * takes the offsets from the BTF of the object.
 *
 * Addresses are 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. Ports are
 * in network order. All other numbers are in host order. Times are jiffies.
 */
#ifndef LBSCOPE_FLOW_H
#define LBSCOPE_FLOW_H

#include <linux/types.h>

struct address {
	__be32 word[4];
};

/* What clients connect to. */
struct service_key {
	struct address vip;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

/*
 * Ports that any service has, a bit for each: row port / 64, bit port % 64 of
 * the word of the protocol. Most packets that are no service's end here.
 */
struct service_ports {
	__u64 tcp;
	__u64 udp;
	__u64 sctp;
};

#define SERVICE_PORT_ROWS (65536 / 64)

/* One client-to-service 5-tuple; both directions use the same key. */
struct flow_key {
	struct address client;
	struct address vip;
	__be16 client_port;
	__be16 vip_port;
	__u8 protocol;
	__u8 pad[3];
};

enum flow_state {
	FLOW_NEW = 0,	  /* in the table, no packet judged yet */
	FLOW_OPENING = 1, /* handshake begun */
	FLOW_ACTIVE = 2,  /* handshake complete; UDP: from the first packet on */
	FLOW_CLOSING = 3, /* one side has closed */
	FLOW_CLOSED = 4,  /* ended, well or badly; kept for late packets */
};

enum flow_mark {
	FLOW_COUNTED = 1 << 0,	    /* counted as a request; only then can it be an error */
	FLOW_ANSWERED = 1 << 1,	    /* a packet from the endpoint has been seen */
	FLOW_FIN_CLIENT = 1 << 2,   /* TCP FIN from the client */
	FLOW_FIN_ENDPOINT = 1 << 3, /* TCP FIN from the endpoint */
	FLOW_EXPIRED = 1 << 4,	    /* the walker found it idle; any packet takes this back */
	FLOW_REMOVED = 1 << 5,	    /* the walker is deleting it; nothing may be added to it */
	FLOW_SYN_AGAIN = 1 << 6,    /* a SYN with another sequence number in an established TCP flow */
	FLOW_LEG =
		1 << 7, /* no flow: the load balancer's own way to an endpoint, from the VIP; never counted */
};

enum error_reason {
	ERROR_NONE = 0,
	ERROR_REFUSED = 1,     /* TCP RST before established */
	ERROR_RESET = 2,       /* TCP RST before both sides sent FIN */
	ERROR_TIMEOUT = 3,     /* handshake not completed in time */
	ERROR_UNREACHABLE = 4, /* ICMP unreachable before established */
	ERROR_ABORT = 5,       /* SCTP ABORT */
	ERROR_REASONS = 6,
};

enum error_origin {
	ORIGIN_CLIENT = 0,
	ORIGIN_ENDPOINT = 1,
	ORIGIN_NETWORK = 2,
	ERROR_ORIGINS = 3,
};

/*
 * flow.status: all that decides what is counted, in one word, so that one
 * compare-and-exchange makes a transition and no two CPUs count it twice.
 */
#define STATUS_STATE(status)	  ((status)&0xff)
#define STATUS_MARKS(status)	  (((status) >> 8) & 0xff)
#define STATUS_REASON(status)	  (((status) >> 16) & 0xf)
#define STATUS_ORIGIN(status)	  (((status) >> 20) & 0xf)
#define STATUS_GENERATION(status) (((status) >> 24) & 0xff)

/* How an endpoint address was learned, and so what the 16 bytes are. */
enum endpoint_kind {
	ENDPOINT_UNKNOWN = 0,  /* zeros */
	ENDPOINT_ADDRESS = 1,  /* an IP address: destination NAT or tunnel */
	ENDPOINT_MAC = 2,      /* first 6 bytes: Ethernet address, the destination stayed the (IPv4) VIP */
	ENDPOINT_MAC_IPV6 = 3, /* the same for an IPv6 VIP: the machine has another address there */
};

/*
 * flow.endpoint_version: a version in the upper 30 bits that changes with
 * every write, a phase in the lower two. A reader takes the address only when
 * the word is the same and KNOWN before and after.
 */
enum endpoint_phase {
	PHASE_UNKNOWN = 0,
	PHASE_WRITING = 1,
	PHASE_KNOWN = 2,
	PHASE_MASK = 3,
};

struct flow {
	__u64 pending_packets; /* counted, not booked to a pair yet: the walker does that once per poll */
	__u64 pending_bytes;
	__u64 opened;  /* jiffies of the packet that opened it */
	__u64 seen;    /* jiffies of the last packet */
	__u64 checked; /* jiffies of the last try to learn the endpoint */
	struct address endpoint;
	__u32 endpoint_kind;
	__u32 endpoint_version;
	__u32 status;
	__u32 slot;	      /* service slot */
	__u32 first_sequence; /* of the TCP SYN, or SCTP initiate tag: tells a retransmission from a reuse */
	__be16 endpoint_port; /* 0: not known */
	__u8 pad[2];
};

/* What is in `flows` and `unplaced`, so that nobody has to look: see room.h. Signed, for who takes off may be first. */
struct flow_room {
	__s64 rows;	     /* of `flows` */
	__s64 embryos;	     /* of them, connections that were never established */
	__u64 last_unplaced; /* jiffies when a row was last added to `unplaced`; 0: never, so it is empty */
};

struct pair_key {
	struct address client; /* its first client_prefix bits, then zeros */
	struct address endpoint;
	__u32 slot;
	__u8 endpoint_kind;
	__u8 client_prefix; /* of the 128: 96 more than an IPv4 prefix has; 0 in `others`, which has no client */
	__u8 pad[2];
};

struct traffic {
	__u64 packets; /* wire segments */
	__u64 bytes;   /* IP total length of each */
};

/* What is kept of a connection that found no room in the flow table: as in struct flow. */
struct note {
	__u64 opened;
	__u64 seen;
	__u32 status;
	__u32 first_sequence;
};

/* Why user space takes a pair away. */
enum leave_reason {
	LEAVE_NOT = 0,
	LEAVE_IDLE = 1,
	LEAVE_CROWDED = 2, /* a small one, so that others find room */
	LEAVE_REASONS = 3,
};

/* Set in `leaving` of a row that holds no pair: the other bits are the next such row + 1, or 0. */
#define PAIR_FREE (1u << 31)

/*
 * A row of pair_rows, one cache line; user space reads it in place. Versions
 * that kept the traffic in `pairs` look for a struct pair, and would take a
 * number of a row for what it has counted: without one they refuse the maps.
 */
struct counted_pair {
	__u32 version; /* odd: holds a pair. One more with each that comes and with each that goes */
	__u32 leaving; /* enum leave_reason; if not 0, nothing may be added any more, and the next poll takes it away */
	struct traffic traffic;
	struct pair_key key; /* stays as it is as long as the version is odd */
};

_Static_assert(sizeof(struct counted_pair) == 64, "a row of pair_rows is one cache line");

/* Rows of pair_rows that hold no pair: see pair_rows.h. Rows are told as row + 1; 0: none. */
struct pair_room {
	__u64 free;	  /* the first that can be given; in the upper half, how often that has changed */
	__u64 used;	  /* rows from here on were never given */
	__u32 left_first; /* can be given from the next walk on: first and last of them */
	__u32 left_last;
};

/* What rows that left have counted, by the level of the page that still tells it. */
enum ledger_level {
	LEDGER_RETIRED_PAIR = 1, /* of a slot: pairs that are gone */
	LEDGER_RETIRED_CLIENT = 2,
	LEDGER_RETIRED_ENDPOINT = 3,
	LEDGER_KEPT_CLIENT = 4, /* of a client that has other pairs: what its gone ones had counted */
	LEDGER_KEPT_ENDPOINT = 5,
};

struct ledger_key {
	__u32 level;
	__u32 slot;
	struct address address; /* of the client or the endpoint that is kept; else zeros */
	__u8 endpoint_kind;
	__u8 client_prefix;
	__u8 pad[2];
};

/* Per service slot and CPU. */
struct service_totals {
	struct traffic traffic;
	__u64 requests;
};

/* Counted in service_totals, but found no room: one for each table. */
struct service_overflow {
	struct traffic flows;  /* endpoint not known */
	struct traffic pairs;  /* for information: it is in `others`, or counted in the next one */
	struct traffic others; /* endpoint known, but no room for it either */
};

struct service_errors {
	__u64 count[ERROR_REASONS * ERROR_ORIGINS]; /* reason * ERROR_ORIGINS + origin */
};

enum ignored_reason {
	IGNORED_MALFORMED = 0, /* lengths that contradict each other: no stack would accept it */
	IGNORED_FRAGMENT = 1,  /* later fragment whose first one was not seen */
	IGNORED_REASONS = 2,
};

/* Written by user space. Timeouts in ns. */
struct settings {
	__u64 handshake_timeout;
	__u64 tcp_idle;
	__u64 tcp_closing;
	__u64 udp_idle;
	__u64 sctp_idle;
	struct address client_mask_ipv4; /* what a pair keeps of the client: ones, then zeros */
	struct address client_mask_ipv6;
	__u32 client_prefix_ipv4; /* ones in the mask */
	__u32 client_prefix_ipv6;
	__u32 firewall_rules; /* 0: no firewall */
	__u32 embryo_limit;   /* connections in the flow table that were never established */
};

/* Context of the walk program: out only. */
struct walk {
	__u64 active_tcp;
	__u64 active_udp;
	__u64 active_sctp;
	__u64 inactive;
	__u64 legs; /* rows of the table that are no flows: FLOW_LEG */
	__u64 fragments;
	__u64 unplaced;
};

/* Who answers, or does not. */
struct handshake_key {
	struct address endpoint;
	__be16 port;
	__u8 endpoint_kind;
	__u8 protocol;
};

/* How handshakes with an endpoint end. */
struct handshakes {
	__u32 failed;	 /* in a row: none was completed since */
	__u32 reason;	 /* enum error_reason of the last that failed */
	__u32 completed; /* 1: one was, at some time */
};

#define NAME_BYTES 512

/* Gives a row of another map to a name, for good: what the row has counted is that name's. */
struct name {
	__u8 kind; /* 0: free. A protocol number, or an enum firewall_action */
	__u8 pad[7];
	char text[NAME_BYTES]; /* UTF-8, zeros behind it */
};

/* An endpoint known by its Ethernet address. */
struct mac_key {
	__u8 mac[6];
	__u8 endpoint_kind;
	__u8 pad;
};

/* JSON: the version that made a set of maps, and the layouts of its structs. */
#define ABOUT_BYTES 16384

struct about {
	char text[ABOUT_BYTES];
};

#endif
