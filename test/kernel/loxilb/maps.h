/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Maps named and laid out as LoxiLB's, for a reader of them to be tried on. CT_VALUE says of which releases: 264 bytes
 * up to v0.9.7, 272 in v0.9.8, 280 from v0.9.8.1 on. Written from what BTF and offsetof tell of each; the names are
 * LoxiLB's, since readers find fields by them. Addresses and ports of keys and translations are in network byte order.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef CT_ENTRIES
#define CT_ENTRIES 16384
#endif
#define MAX_ENDPOINTS 32

struct dp_cmn_act {
	__u8 act_type; /* rules: 0 drop, 12 allow; services: 1 SNAT, 2 DNAT, 27 full proxy; flows: 20 not balanced */
	__u8 ftrap;
	__u16 oaux;
	__u32 cidx; /* counter, or number of the service */
#if CT_VALUE == 264
	__u32 fwrid;
	__u16 mark;
	__u16 record;
#else
	__u16 fwrid;
	__u16 record;
	__u32 mark;
#endif
};

struct dp_pb_stats {
	__u64 bytes;
	__u64 packets;
};

struct mf_xfrm_inf {
	__u8 nat_flags; /* 1 DNAT, 2 SNAT, 4 and 8 of the host; 0: not balanced */
	__u8 inactive;
	__u8 wprio;
	__u8 nv6;
	__u8 dsr;
#if CT_VALUE == 280
	__u8 mhon;
	__u8 mhs;
	__u8 pad1;
	__u32 nat_xip[4];
	__u32 nat_rip[4];
	__u16 nat_xport;
	__u16 osp;
	__u16 odp;
	__u8 pad2[2];
#else
	__u8 mhon; /* two bit fields in truth: Linux 6.10 and newer refuse BTF with any beside a spin lock */
	__u16 nat_xport;
	__u32 nat_xip[4];
	__u32 nat_rip[4];
	__u16 osp;
	__u16 odp;
#endif
};

enum ct_dir { CT_DIR_IN, CT_DIR_OUT };

struct dp_ct_key {
	__u32 daddr[4]; /* IPv4: the first */
	__u32 saddr[4];
	__u16 sport;
	__u16 dport;
	__u16 zone;
	__u8 l4proto;
	__u8 v6;
#if CT_VALUE != 264
	__u32 ident;
	__u32 type;
#endif
};

struct dp_nat_act {
	__u32 xip[4];
	__u32 rip[4];
	__u16 xport;
	__u8 fr;
	__u8 doct;
	__u32 rid;
	__u32 aid;
	__u8 nv6;
	__u8 dsr;
	__u8 cdis;
	__u8 nmh;
#if CT_VALUE != 264
	__u8 ppv2;
#endif
};

struct dp_ct_dat {
	__u16 rid;
	__u16 aid;
	__u32 nid;
	struct {
		union {
			struct {
				__u32 state;
				enum ct_dir fndir;
			} t;
			struct {
				__u16 state;
				__u16 pkts_seen;
				__u16 rpkts_seen;
				enum ct_dir fndir;
			} u;
			struct {
				__u8 state;
				__u8 errs;
				__u16 lseq;
			} i;
			struct {
				__u32 state;
				__u32 rest[18];
			} s;
		};
		__u16 frag;
		__u16 npmhh;
		__u32 pmhh[4];
		__u32 l3i;
	} pi;
	enum ct_dir dir;
	__s32 smr;
	struct mf_xfrm_inf xi;
	struct dp_pb_stats pb;
};

struct dp_ct_tact {
	struct dp_cmn_act ca;
	struct bpf_spin_lock lock;
	struct dp_ct_dat ctd;
	__u64 ito;
	__u64 lts;
	union {
		struct dp_nat_act nat_act; /* of flows that are not balanced: another's */
	};
};

struct dp_nat_key {
	__u32 daddr[4];
	__u16 dport;
	__u16 zone;
#if CT_VALUE == 264
	__u16 mark;
	__u8 l4proto;
	__u8 v6;
#else
	__u32 mark;
	__u16 l4proto;
	__u16 v6;
#endif
};

struct dp_proxy_tacts {
	struct dp_cmn_act ca;
	__u64 ito;
	__u64 pto;
	struct bpf_spin_lock lock;
#if CT_VALUE == 264
	__u16 nxfrm;
#else
	__u8 nxfrm;
	__u8 opflags;
#endif
	__u8 cdis;
	__u8 npmhh;
	__u16 sel_hint;
	__u8 sel_type;
	__u8 sec_mode;
#if CT_VALUE == 280
	__u8 ppv2;
	__u8 pad1[7];
	__u64 lts;
	__u64 base_to;
	__u32 pmhh[3];
	__u8 pad2[4];
	struct mf_xfrm_inf nxfrms[MAX_ENDPOINTS];
	__u8 host_url[256];
#else
	__u32 pmhh[3];
	struct mf_xfrm_inf nxfrms[MAX_ENDPOINTS];
	__u8 host_url[256];
	__u64 lts;
	__u64 base_to;
#endif
};

struct dp_ct_ctrtact {
	struct dp_cmn_act ca;
	struct bpf_spin_lock lock;
	__u32 start;
	__u32 counter;
	__u32 entries;
};

/* Rules are in host byte order. */
struct pdi_u32 {
	__u32 val;
	__u32 valid;
};

struct pdi_u16 {
	__u16 val;
	__u16 valid;
};

struct pdi_u8 {
	__u8 val;
	__u8 valid;
};

struct pdi_port {
	__u32 has_range;
	union {
		struct {
			__u16 min;
			__u16 max;
		} r;
		struct pdi_u16 v;
	} u;
};

struct pdi_address6 {
	__u8 val[16];
	__u8 valid[16];
};

struct pdi_key {
	struct pdi_u32 dest;
	struct pdi_u32 source;
	struct pdi_port dport;
	struct pdi_port sport;
	struct pdi_u16 inport;
	struct pdi_u16 zone;
	struct pdi_u16 bd;
	struct pdi_u8 protocol;
	struct pdi_u8 nr; /* of the first rule: how many there are */
};

struct pdi6_key {
	struct pdi_address6 dest;
	struct pdi_address6 source;
	struct pdi_port dport;
	struct pdi_port sport;
	struct pdi_u16 inport;
	struct pdi_u16 zone;
	struct pdi_u16 bd;
	struct pdi_u8 protocol;
	struct pdi_u8 nr;
};

struct dp_fw_tact {
	struct dp_cmn_act ca;
	union {
		struct dp_nat_act nat_act;
	};
};

struct dp_fwv4_ent {
	struct pdi_key k;
	struct dp_fw_tact fwa;
};

struct dp_fwv6_ent {
	struct pdi6_key k;
	struct dp_fw_tact fwa;
};

_Static_assert(sizeof(struct dp_ct_tact) == CT_VALUE, "value of a flow");
_Static_assert(sizeof(struct dp_ct_key) == (CT_VALUE == 264 ? 40 : 48), "key of a flow");
_Static_assert(__builtin_offsetof(struct dp_ct_tact, ctd.dir) == 132, "direction");
_Static_assert(__builtin_offsetof(struct dp_ct_tact, ctd.pb) == (CT_VALUE == 280 ? 192 : 184), "first packets");
#if CT_VALUE == 280
_Static_assert(sizeof(struct dp_nat_key) == 28, "key of a service");
_Static_assert(sizeof(struct dp_proxy_tacts) == 1880, "value of a service");
_Static_assert(sizeof(struct dp_fwv4_ent) == 116, "rule for IPv4");
_Static_assert(sizeof(struct dp_fwv6_ent) == 164, "rule for IPv6");
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct dp_ct_key);
	__type(value, struct dp_ct_tact);
	__uint(max_entries, CT_ENTRIES);
} ct_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_pb_stats);
	__uint(max_entries, CT_ENTRIES);
} ct_stats_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_ct_ctrtact);
	__uint(max_entries, 1);
} ct_ctr SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct dp_nat_key);
	__type(value, struct dp_proxy_tacts);
	__uint(max_entries, 4096);
} nat_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_pb_stats);
	__uint(max_entries, 65536);
} nat_stats_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_fwv4_ent);
	__uint(max_entries, 8192);
} fw_v4_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_fwv6_ent);
	__uint(max_entries, 8192);
} fw_v6_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct dp_pb_stats);
	__uint(max_entries, 9216);
} fw_stats_map SEC(".maps");

char _license[] SEC("license") = "Dual MIT/GPL";
