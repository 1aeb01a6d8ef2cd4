/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Everything that is counted. Each X-macro list makes the enum, the counter,
 * the telemetry key and its help text. Counters are plain words that one worker
 * writes; other threads read them with relaxed loads.
 */

#ifndef RS_BASE_STATS_H
#define RS_BASE_STATS_H

#include <stdint.h>

/** Why a frame ended without being given to TCP, or a segment inside it. */
#define RS_DROPS(X) \
	X(multi_segment,   "frames in several mbufs that could not be made one") \
	X(short_frame,     "frames shorter than the headers they announce") \
	X(not_our_mac,     "unicast frames for another MAC address") \
	X(bad_source_mac,  "frames from a multicast, broadcast or zero MAC address") \
	X(link_broadcast,  "IP datagrams that came as a link broadcast or multicast") \
	X(two_vlan_tags,   "frames with more than one VLAN tag") \
	X(vlan_reserved,   "frames tagged with VLAN 4095, which is reserved (802.1Q)") \
	X(ethertype,       "frames that are neither ARP nor IPv4") \
	X(arp_bad,         "ARP packets that are not what RFC 826 says for IPv4 on Ethernet") \
	X(arp_not_ours,    "ARP packets that ask for or tell of an address that is not ours") \
	X(arp_limited,     "ARP conflicts not answered: one defence a port in 10 s (RFC 5227)") \
	X(ip_version,      "IP version is not 4") \
	X(ip_header,       "IP header length under 20 bytes or beyond the datagram") \
	X(ip_length,       "IP total length beyond the frame, or shorter than its header") \
	X(ip_checksum,     "wrong IP header checksum") \
	X(ip_fragment,     "IP fragments") \
	X(ip_source,       "source address that no host can have, or our own") \
	X(ip_not_ours,     "destination address that is not ours") \
	X(ip_protocol,     "protocol that is neither ICMP, TCP nor UDP") \
	X(icmp_bad,        "ICMP messages too short or with a wrong checksum") \
	X(icmp_type,       "ICMP messages of a type that is not answered") \
	X(icmp_quench,     "ICMP source quenches (RFC 9293 MUST-55)") \
	X(icmp_limited,    "ICMP errors withheld by the rate limit") \
	X(udp_bad,         "UDP datagrams too short or with a wrong checksum") \
	X(tcp_header,      "TCP header shorter than 20 bytes or beyond the segment") \
	X(tcp_checksum,    "wrong TCP checksum") \
	X(tcp_port_zero,   "TCP segments from or to port 0") \
	X(closed_drop,     "segments to closed ports that the configuration drops in silence") \
	X(no_mbuf,         "segments not sent for want of an mbuf")

/** Frames and packets below TCP. */
#define RS_PACKET_STATS(X) \
	X(rx_frames,       "frames received") \
	X(rx_bytes,        "bytes received, without the frame check sequence") \
	X(tx_frames,       "frames built to be sent") \
	X(rx_vlan,         "frames received with a VLAN tag") \
	X(rx_arp,          "ARP packets received") \
	X(arp_replies,     "ARP replies sent") \
	X(arp_requests,    "ARP requests sent for neighbours of our connections") \
	X(arp_learned,     "ARP packets that told or confirmed the MAC of such a neighbour") \
	X(arp_failed,      "neighbours that did not answer our ARP requests") \
	X(arp_conflicts,   "ARP packets by which another host claims an address of ours") \
	X(arp_defences,    "ARP announcements sent to defend an address") \
	X(rx_icmp,         "ICMP messages received") \
	X(echo_replies,    "ICMP echo replies sent") \
	X(icmp_errors,     "ICMP errors about segments of ours") \
	X(rx_udp,          "UDP datagrams received") \
	X(icmp_unreachables, "ICMP port unreachable messages sent") \
	X(rx_ttl_zero,     "datagrams accepted with a TTL of 0 (RFC 1122 3.2.1.7)") \
	X(rx_ip_options,   "datagrams with IP options, which are skipped (MUST-50)")

/** The TCP engine. */
#define RS_TCP_STATS(X) \
	X(rx_segments,     "segments received") \
	X(tx_segments,     "segments sent, resets included") \
	X(rx_data_bytes,   "bytes received in order and taken over") \
	X(tx_data_bytes,   "bytes of data sent, without retransmissions") \
	X(connections,     "connections accepted into SYN-RECEIVED") \
	X(connects,        "connections opened by us, into SYN-SENT") \
	X(refused,         "connections opened by us that a reset refused") \
	X(unreachable,     "connections opened by us to whom no route or neighbour led") \
	X(established,     "connections that reached ESTABLISHED") \
	X(closed,          "connections closed in order") \
	X(aborted,         "connections ended by a reset, sent or received, or a time-out") \
	X(reopened,        "connections reopened from TIME-WAIT by a new SYN (MAY-2)") \
	X(time_waits,      "connections that entered TIME-WAIT") \
	X(retransmitted,   "segments sent again") \
	X(rto_expired,     "retransmission time-outs") \
	X(fast_recoveries, "fast recoveries begun (RFC 5681 3.2)") \
	X(reductions,      "congestion windows reduced with nothing to repair (RFC 8985 7.4.2)") \
	X(tail_probes,     "tail loss probes sent (RFC 8985 7)") \
	X(undone,          "recoveries undone, as nothing had been lost (RFC 3522, 3708)") \
	X(idle_restarts,   "congestion windows reduced after a pause (RFC 5681 4.1)") \
	X(rx_dsack,        "duplicates that peers reported (RFC 2883)") \
	X(r1_reached,      "connections whose retransmissions reached R1") \
	X(window_probes,   "zero-window probes sent") \
	X(keepalive_probes, "keep-alive probes sent") \
	X(delayed_acks,    "acknowledgments sent by the delayed-ACK timer") \
	X(challenge_acks,  "challenge ACKs sent (RFC 5961)") \
	X(challenge_limited, "challenge ACKs withheld by the per-connection limit") \
	X(rx_unacceptable, "segments outside the receive window") \
	X(rx_bad_ack,      "segments whose acknowledgment number is not acceptable") \
	X(rx_duplicate,    "segments whose data had all been received before") \
	X(rx_twice,        "segments with text that had come before, told the sender (RFC 2883)") \
	X(rx_out_of_order, "segments kept for reassembly") \
	X(rx_no_room,      "segments in the window whose data could not be kept") \
	X(rx_no_ack,       "segments without ACK in a state that needs it") \
	X(rx_no_syn,       "segments without SYN in SYN-SENT") \
	X(rx_syn_data,     "SYNs with data, which is left for the peer to send again") \
	X(bad_options,     "segments with an option of illegal length") \
	X(icmp_taken,      "ICMP errors about what is in flight, or about a SYN") \
	X(icmp_stale,      "ICMP errors about what no connection has in flight (RFC 5927 4.1)") \
	X(rx_ce,           "segments with data marked by a router (RFC 3168 5)") \
	X(ecn_reductions,  "times that echoed marks reduced a window (RFC 3168 6.1.2)") \
	X(paced,           "times that new data waited to be spread over the round trip") \
	X(mss_lowered,     "times that a path's MTU lowered Eff.snd.MSS (RFC 1191)") \
	X(large_wscale,    "SYNs with a window shift above 14, taken as 14 (RFC 7323 2.3)") \
	X(paws_rejected,   "segments whose timestamp is older than TS.Recent (RFC 7323 5.3)") \
	X(rx_no_timestamp, "segments without the timestamps agreed on (RFC 7323 3.2)") \
	X(urgent,          "urgent pointers told to a service") \
	X(table_full,      "SYNs refused because no TCB or table slot was left") \
	X(no_ip_extra,         "connections that could not have a path of their own") \
	X(no_chunk,        "times that no buffer descriptor was left") \
	X(no_range,         "times that no range of what was sent was left")

/** Why a reset was sent. The sum over them is the number of resets sent. */
#define RS_RESET_REASONS(X) \
	X(no_listener,     "SYN to a port that nobody listens on (RFC 9293 3.10.7.1)") \
	X(no_connection,   "segment that belongs to no connection (RFC 9293 3.10.7.1)") \
	X(listen_bad_ack,  "ACK to a listener without a connection (RFC 9293 3.10.7.2)") \
	X(syn_sent_bad_ack, "wrong ACK in SYN-SENT (RFC 9293 3.10.7.3, first)") \
	X(syn_received_bad_ack, "wrong ACK in SYN-RECEIVED (RFC 9293 3.10.7.4, fifth)") \
	X(security,        "security option not that of the listener (RFC 9293 3.10.7, third)") \
	X(service_abort,   "the service aborted (RFC 9293 3.10.5)") \
	X(linger,          "closed with linger 0 (RFC 9293 3.10.5)") \
	X(unread_data,     "closed with data unread (RFC 9293 3.6.1, SHLD-3)") \
	X(data_after_close, "data came after close (RFC 9293 3.6.1, SHLD-3)") \
	X(rtx_limit,       "retransmission reached R2 (RFC 9293 3.8.3)") \
	X(keepalive,       "keep-alive probes unanswered (RFC 9293 3.8.4)") \
	X(user_timeout,    "user time-out, or FIN-WAIT-2 left alone (RFC 9293 3.10.8)") \
	X(table_full,      "no room for another connection (RFC 9293 3.10.1)") \
	X(shutdown,        "rstack is stopping") \
	X(killed,          "killed by the operator")

/** What became of a reset that was received. */
#define RS_RESET_VERDICTS(X) \
	X(accepted,        "believed: SEQ is RCV.NXT; in SYN-SENT ACK is of our SYN (RFC 5961 3)") \
	X(challenged,      "in the window but not RCV.NXT: challenge ACK (RFC 5961 3)") \
	X(challenge_limited, "in the window, challenge ACK withheld by the limit (RFC 5961 7)") \
	X(out_of_window,   "outside the receive window, dropped (RFC 9293 3.10.7.4, second)") \
	X(ignored_closed,  "no connection and no listener (RFC 9293 3.10.7.1)") \
	X(ignored_listen,  "no connection, to a listener (RFC 9293 3.10.7.2)") \
	X(ignored_time_wait, "in TIME-WAIT (RFC 1337), or closed in order with text untaken") \
	X(bad_ack,         "in SYN-SENT, no ACK or not that of our SYN (RFC 9293 3.10.7.3, second)")

/** Connection states, named as RFC 9293 3.3.2 names them. */
#define RS_STATES(X) \
	X(CLOSED) \
	X(LISTEN) \
	X(SYN_SENT) \
	X(SYN_RECEIVED) \
	X(ESTABLISHED) \
	X(FIN_WAIT_1) \
	X(FIN_WAIT_2) \
	X(CLOSE_WAIT) \
	X(CLOSING) \
	X(LAST_ACK) \
	X(TIME_WAIT)

#define RS_ENUM_DROP(name, help) RS_DROP_##name,
enum rs_drop { RS_DROPS(RS_ENUM_DROP) RS_DROP_MAX };

#define RS_ENUM_REASON(name, help) RS_RESET_##name,
enum rs_reset_reason { RS_RESET_REASONS(RS_ENUM_REASON) RS_RESET_MAX };

#define RS_ENUM_VERDICT(name, help) RS_VERDICT_##name,
enum rs_reset_verdict { RS_RESET_VERDICTS(RS_ENUM_VERDICT) RS_VERDICT_MAX };

#define RS_ENUM_STATE(name) RS_##name,
enum rs_state { RS_STATES(RS_ENUM_STATE) RS_STATE_MAX };

#define RS_FIELD(name, help) uint64_t name;

/** All counters of one worker. */
struct rs_stats {
	struct { RS_PACKET_STATS(RS_FIELD) } packet;
	struct { RS_TCP_STATS(RS_FIELD) } tcp;
	uint64_t drop[RS_DROP_MAX];
	uint64_t reset_sent[RS_RESET_MAX];
	uint64_t reset_received[RS_VERDICT_MAX];
	uint64_t states[RS_STATE_MAX]; /**< connections in each state now: a gauge */
};

/** One name and its help text, as the lists above give them. */
struct rs_stat_name {
	const char *name;
	const char *help;
};

/* The lists as tables, in the order of the enums and struct fields; base/stats.c. */
extern const struct rs_stat_name rs_drop_names[RS_DROP_MAX];
extern const struct rs_stat_name rs_reset_reason_names[RS_RESET_MAX];
extern const struct rs_stat_name rs_reset_verdict_names[RS_VERDICT_MAX];
extern const char *const rs_state_names[RS_STATE_MAX];

/* How many words packet and tcp of struct rs_stats hold, and their names. */
#define RS_COUNT(name, help) +1
enum {
	RS_PACKET_STATS_MAX = 0 RS_PACKET_STATS(RS_COUNT),
	RS_TCP_STATS_MAX = 0 RS_TCP_STATS(RS_COUNT),
};
extern const struct rs_stat_name rs_packet_stat_names[RS_PACKET_STATS_MAX];
extern const struct rs_stat_name rs_tcp_stat_names[RS_TCP_STATS_MAX];

#endif /* RS_BASE_STATS_H */
