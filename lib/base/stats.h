/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Every counter of the engine. Each X-macro list makes the enum, the counter, its name in
 * telemetry, its unit and its help text. A counter is a plain word that one worker writes;
 * other threads read it with relaxed loads.
 */

#ifndef RS_BASE_STATS_H
#define RS_BASE_STATS_H

#include <stdint.h>

/** Units of the values that are counted. */
#define RS_STAT_UNITS(X) \
	X(addresses) \
	X(blocks) \
	X(bursts) \
	X(bytes) \
	X(chunks) \
	X(connections) \
	X(cycles) \
	X(datagrams) \
	X(events) \
	X(frames) \
	X(mbufs) \
	X(messages) \
	X(neighbours) \
	X(packets) \
	X(polls) \
	X(ports) \
	X(ranges) \
	X(requests) \
	X(resets) \
	X(segments)

/** Why a frame was dropped, or a segment in it. The unit of each is frames. */
#define RS_DROPS(X) \
	X(multi_segment,   "frames in several mbufs that do not fit one mbuf") \
	X(short_frame,     "frames shorter than the headers they announce") \
	X(not_our_mac,     "unicast frames to another MAC address") \
	X(bad_source_mac,  "frames from a multicast, broadcast or zero MAC address") \
	X(link_broadcast,  "IP datagrams in a broadcast or multicast frame") \
	X(vlan_unknown,    "frames whose VLAN tags, or their absence, are those of no port") \
	X(ethertype,       "frames that are neither ARP, IPv4 nor IPv6") \
	X(arp_bad,         "ARP packets not of the form of RFC 826 for IPv4 on Ethernet") \
	X(arp_not_ours,    "ARP packets about an address that is neither ours nor a neighbour's") \
	X(arp_limited,     "ARP conflicts not answered: one defence a port in 10 s (RFC 5227)") \
	X(nd_bad,          "neighbour discovery messages that fail the checks of RFC 4861 6.1 and" \
		" 7.1") \
	X(nd_not_ours,     "neighbour discovery about an address that is neither ours nor a" \
		" neighbour's") \
	X(nd_ignored,      "router solicitations, redirects, and, unless the port has" \
		" router_advertisements = yes, router advertisements") \
	X(nd_conflict,     "neighbour discovery of another host that claims or tries an IPv6" \
		" address of ours") \
	X(mld_bad,         "multicast listener queries that fail the checks of RFC 3810 6.2") \
	X(ip_version,      "IP datagrams of a version other than that of the EtherType") \
	X(ip_header,       "IP header length below 20 bytes or beyond the datagram") \
	X(ip6_extension,   "IPv6 extension headers out of order, malformed, too many, or refused" \
		" by a parameter problem (RFC 8200 4)") \
	X(ip6_option,      "IPv6 options that are unknown and ask for the datagram to be dropped" \
		" (RFC 8200 4.2)") \
	X(ip_length,       "IP total length beyond the frame, or shorter than the IP header") \
	X(ip_checksum,     "wrong IP header checksum") \
	X(ip_fragment,     "IP fragments that are not kept: to a multicast address, or all with" \
		" max_fragments = 0") \
	X(fragment_bad,    "IP fragments of a wrong length: empty, not a multiple of 8 bytes, or" \
		" with an end beyond 65,535 bytes (RFC 8200 4.5)") \
	X(fragment_tiny,   "IP fragments that hide headers: a first one without all of them, or" \
		" one in the TCP header (RFC 1858, RFC 3128, RFC 7112)") \
	X(fragment_overlap, "IP fragments of datagrams in which two overlap (RFC 5722)") \
	X(fragment_duplicate, "IP fragments that came twice") \
	X(fragment_many,   "IP fragments of datagrams in more fragments than are reassembled") \
	X(fragment_ecn,    "IP fragments of datagrams that a router marked although they are not" \
		" ECN-capable (RFC 3168 5.3)") \
	X(fragment_timeout, "IP fragments whose datagram was not whole within" \
		" reassembly_timeout") \
	X(fragment_evicted, "IP fragments dropped, those of the oldest datagram first, because" \
		" newer ones needed their place") \
	X(fragment_large,  "IP fragments of datagrams larger than the MTU that are neither echo" \
		" requests nor UDP") \
	X(ip_source,       "IP source address that no host can have, or our own") \
	X(ip_not_ours,     "IP destination address that is not ours") \
	X(ip_protocol,     "IP protocol or next header other than ICMP, TCP and UDP") \
	X(icmp_bad,        "ICMP messages too short, malformed or with a wrong checksum") \
	X(icmp_type,       "ICMP messages of a type that is not handled") \
	X(icmp_quench,     "ICMP source quenches, which are ignored (RFC 9293 MUST-55)") \
	X(icmp_limited,    "datagrams not answered by an ICMP error because of the rate limit") \
	X(echo_limited,    "ICMP echo requests not answered because of their rate limit") \
	X(udp_bad,         "UDP datagrams too short or with a wrong checksum") \
	X(tcp_header,      "TCP header shorter than 20 bytes or beyond the segment") \
	X(tcp_checksum,    "wrong TCP checksum") \
	X(tcp_port_zero,   "TCP segments from or to port 0") \
	X(closed_drop,     "segments to closed ports configured with answer = drop") \
	X(no_connection_drop, "segments with an ACK that belong to no connection, to a listener" \
		" with no_connection = drop") \
	X(acl,             "segments without a connection that a rule of an [acl] drops") \
	X(listener_full,   "SYNs beyond max_connections of the listener") \
	X(source_full,     "SYNs of a peer that has max_per_source connections") \
	X(no_mbuf,         "frames not sent because no mbuf was free")

/** Frames and packets below TCP. */
#define RS_PACKET_STATS(X) \
	X(rx_frames, frames, "frames received; a reassembled datagram counts as one more") \
	X(rx_bytes, bytes, "bytes received, without the frame check sequence") \
	X(tx_frames, frames, "frames built to be sent") \
	X(rx_vlan, frames, "frames received with a VLAN tag") \
	X(rx_arp, packets, "ARP packets received") \
	X(arp_replies, packets, "ARP replies sent") \
	X(arp_requests, packets, "ARP requests sent to find or check a neighbour") \
	X(arp_learned, packets, "ARP packets that set or confirmed a neighbour's MAC address") \
	X(arp_failed, neighbours, "neighbours that did not answer our ARP requests") \
	X(no_neighbour, events, "times that a neighbour entry was needed and none was free, or" \
		" half-open connections held their half of the entries; SYNs are dropped then") \
	X(arp_conflicts, packets, "ARP packets in which another host claims an address of ours") \
	X(arp_defences, packets, "ARP announcements sent to defend an address of ours") \
	X(nd_advertisements, messages, "neighbour advertisements sent (RFC 4861 7.2.4)") \
	X(nd_solicitations, messages, "neighbour solicitations sent to find or check a neighbour" \
		" (RFC 4861 7.2.2)") \
	X(nd_learned, messages, "neighbour discovery messages that set or confirmed a neighbour's" \
		" MAC address") \
	X(nd_failed, neighbours, "IPv6 neighbours that did not answer our solicitations") \
	X(router_solicitations, messages, "router solicitations sent (RFC 4861 6.3.7)") \
	X(router_advertisements, messages, "valid router advertisements received, where the port" \
		" has router_advertisements = yes") \
	X(routers_added, neighbours, "default routers learned from router advertisements") \
	X(routers_removed, neighbours, "default routers forgotten, because their lifetime is" \
		" over") \
	X(routers_refused, events, "default routers and on-link prefixes of router" \
		" advertisements that found no room beside those known before") \
	X(dad_solicitations, messages, "solicitations sent to detect duplicate addresses (RFC" \
		" 4862 5.4)") \
	X(dad_duplicates, addresses, "IPv6 addresses of ours that are not used because another" \
		" host has them (RFC 4862 5.4.5)") \
	X(mld_queries, messages, "multicast listener queries received (RFC 3810 5.1)") \
	X(mld_reports, messages, "multicast listener reports sent, of version 1 or 2") \
	X(ip6_problems, messages, "ICMPv6 parameter problem messages sent (RFC 4443 3.4)") \
	X(rx_icmp, messages, "ICMP messages received") \
	X(echo_replies, messages, "ICMP echo replies sent") \
	X(icmp_errors, messages, "ICMP errors received about segments that we sent") \
	X(rx_udp, datagrams, "UDP datagrams received") \
	X(icmp_unreachables, messages, "ICMP port unreachable messages sent") \
	X(rx_fragments, frames, "IP fragments received") \
	X(reassembled, datagrams, "datagrams reassembled of fragments") \
	X(reassembly_timeouts, datagrams, "datagrams abandoned because fragments were missing for" \
		" reassembly_timeout (RFC 1122 3.3.2, RFC 8200 4.5)") \
	X(time_exceeded, messages, "ICMP time exceeded messages sent about them") \
	X(tx_fragments, frames, "IP fragments sent: echo replies larger than the MTU") \
	X(excepted, frames, "frames left to the kernel of the host, because [port] kernel_tcp," \
		" kernel_udp or kernel_protocols names them (exception path)") \
	X(rx_ttl_zero, datagrams, "IP datagrams accepted with a TTL of 0 (RFC 1122 3.2.1.7)") \
	X(rx_ip_options, datagrams, "IP datagrams with options or extension headers, which are" \
		" skipped (MUST-50)")

/** The TCP engine. */
#define RS_TCP_STATS(X) \
	X(rx_segments, segments, "segments received") \
	X(tx_segments, segments, "segments sent, resets included") \
	X(tx_large, frames, "frames sent that the device cuts into segments (TSO), each of which" \
		" counts as a segment") \
	X(rx_data_bytes, bytes, "bytes of data received in order and delivered to services") \
	X(tx_data_bytes, bytes, "bytes of data sent, retransmissions excluded") \
	X(passive_opens, connections, "passive opens: SYNs that made a connection in SYN-RECEIVED" \
		" (RFC 4022)") \
	X(active_opens, connections, "active opens: connections opened by us, in SYN-SENT" \
		" (RFC 4022)") \
	X(refused, connections, "active opens refused by a reset") \
	X(unreachable, connections, "active opens that failed because there was no route, the" \
		" neighbour did not answer or an ICMP error arrived") \
	X(established, connections, "connections that reached ESTABLISHED") \
	X(closed, connections, "connections closed in order") \
	X(aborted, connections, "connections ended by a reset, sent or received, by a time-out" \
		" or because the peer was unreachable") \
	X(time_wait_evicted, connections, "connections in TIME-WAIT that ended before 2 MSL" \
		" because a newer one needed their record") \
	X(reopened, connections, "connections reopened from TIME-WAIT by a new SYN (MAY-2)") \
	X(time_waits, connections, "connections that entered TIME-WAIT") \
	X(retransmitted, segments, "segments retransmitted") \
	X(rto_expired, events, "retransmission time-outs (RFC 6298)") \
	X(fast_recoveries, events, "fast recoveries begun (RFC 5681 3.2)") \
	X(cwnd_reductions, events, "reductions of the congestion window without a loss left to" \
		" repair: a tail loss probe repaired it, or ECN (RFC 8985 7.4.2, RFC 3168 6.1.2)") \
	X(tail_probes, segments, "tail loss probes sent (RFC 8985 7)") \
	X(recoveries_undone, events, "recoveries undone because they were spurious: nothing had" \
		" been lost (RFC 3522, RFC 3708)") \
	X(idle_restarts, events, "congestion windows reduced after idle time (RFC 5681 4.1)") \
	X(rx_dsack, segments, "D-SACKs received: the peer reports a duplicate (RFC 2883)") \
	X(r1_reached, connections, "connections whose retransmissions of a segment reached R1" \
		" (RFC 9293 3.8.3)") \
	X(window_probes, segments, "zero-window probes sent") \
	X(keepalive_probes, segments, "keep-alive probes sent") \
	X(delayed_acks, segments, "acknowledgments sent by the delayed-ACK timer") \
	X(challenge_acks, segments, "challenge ACKs sent (RFC 5961)") \
	X(challenge_limited, segments, "challenge ACKs withheld by the rate limit of the" \
		" connection (RFC 5961 7)") \
	X(rx_unacceptable, segments, "segments outside the receive window") \
	X(rx_bad_ack, segments, "segments whose acknowledgment number is not acceptable") \
	X(rx_duplicate, segments, "segments whose data had all been received before") \
	X(rx_overlap, segments, "segments of which some or all data had been received before;" \
		" a D-SACK tells the sender (RFC 2883)") \
	X(rx_out_of_order, segments, "out-of-order segments kept for reassembly") \
	X(rx_no_room, segments, "segments inside the window whose data could not be kept") \
	X(ooo_limited, segments, "out-of-order segments dropped because the connection's queue" \
		" has as many pieces as its window and its bytes allow (CVE-2018-5390)") \
	X(rx_no_ack, segments, "segments without ACK in a state that requires it") \
	X(rx_no_syn, segments, "segments without SYN in SYN-SENT") \
	X(rx_syn_data, segments, "SYNs with data, which the peer has to retransmit") \
	X(bad_options, segments, "segments with a TCP option of illegal length") \
	X(icmp_taken, messages, "ICMP errors accepted: about a SYN or other data in flight") \
	X(icmp_stale, messages, "ICMP errors ignored: about a segment that is not in flight" \
		" (RFC 5927 4.1)") \
	X(rx_ce, segments, "segments with data that a router marked with CE (RFC 3168 5)") \
	X(ecn_reductions, events, "congestion windows reduced because the peer echoed CE marks" \
		" (RFC 3168 6.1.2)") \
	X(paced, events, "times that new data was delayed by pacing, which spreads it over the" \
		" round trip") \
	X(mss_lowered, events, "times that an ICMP error about a path's MTU lowered Eff.snd.MSS" \
		" (RFC 1191)") \
	X(path_black_holes, events, "times that time-outs lowered Eff.snd.MSS because the path" \
		" may swallow large segments without an error (RFC 4821 7.7)") \
	X(path_probes, segments, "probes of a larger path MTU sent (RFC 4821 7.4)") \
	X(path_probes_lost, segments, "such probes that were lost, or of which nothing is known" \
		" because other data was lost, too") \
	X(path_raised, events, "times that an acknowledged probe raised Eff.snd.MSS") \
	X(large_wscale, segments, "SYNs with a window shift above 14, used as 14 (RFC 7323 2.3)") \
	X(paws_rejected, segments, "segments with a timestamp before TS.Recent (RFC 7323 5.3)") \
	X(rx_no_timestamp, segments, "segments without the agreed timestamps (RFC 7323 3.2)") \
	X(urgent, events, "urgent pointers reported to a service") \
	X(syn_dropped, segments, "SYNs dropped in silence because no TCB or neighbour entry was" \
		" free and no SYN cookie could be sent (RFC 9293 3.10.1)") \
	X(cookies_sent, segments, "SYN-ACKs sent with a SYN cookie, without a TCB (RFC 4987 3.6)") \
	X(cookies_taken, connections, "connections made from the ACK of a SYN cookie (RFC 4987" \
		" 3.6)") \
	X(cookies_bad, segments, "ACKs to a listener with a forged or old SYN cookie, answered by" \
		" resets (RFC 9293 3.10.7.2)") \
	X(cookies_no_room, segments, "ACKs of a SYN cookie dropped in silence because no TCB or" \
		" neighbour entry was free") \
	X(half_open_evicted, connections, "half-open connections dropped, the oldest first," \
		" because the ACK of a SYN cookie needed their TCB (RFC 4987 3.4)") \
	X(half_open_expired, connections, "half-open connections dropped without a reset because" \
		" their SYN-ACK was not acknowledged in time (RFC 9293 3.8.3, RFC 4987 3.3)") \
	X(time_limits, connections, "times that a service's time limit was over: a request that" \
		" did not come in time, or a connection without one") \
	X(no_ip_extra, connections, "connections whose own IP fields could not be kept because no" \
		" entry was free") \
	X(no_chunk, events, "times that data could not be queued because no chunk or busy block" \
		" was free") \
	X(no_range, events, "times that no range was free to record data in flight") \
	X(range_limited, events, "times that a connection had as many ranges as its segments in" \
		" flight allow, so data in flight was recorded less exactly") \
	X(sack_splinters, blocks, "SACK blocks ignored, or parts of them, because they report" \
		" less than a segment, for which no receiver has a reason (CVE-2019-11478)") \
	X(chunk_share, events, "times that data was not queued because its connection held its" \
		" share of the chunks that were free") \
	X(range_share, events, "times that a connection held its share of the ranges that were" \
		" free, so that data in flight is recorded less exactly") \
	X(dropped_out_of_order, connections, "connections whose out-of-order data was dropped" \
		" because other connections needed its memory") \
	X(dropped_urgent, connections, "connections whose urgent pointer was forgotten because" \
		" other connections needed its memory") \
	X(evicted_window, connections, "connections reset because the peer's window was closed" \
		" and other connections needed their memory") \
	X(evicted_unacked, connections, "connections reset because the peer acknowledged nothing" \
		" and other connections needed their memory") \
	X(evicted_unread, connections, "connections reset because their service did not take" \
		" received data and other connections needed their memory") \
	X(pool_waits, connections, "connections that began to wait for an empty pool to refill")

/** Why a reset was sent. The sum over the reasons is the number of resets sent. */
#define RS_RESET_REASONS(X) \
	X(no_listener,     "SYN to a port without a listener (RFC 9293 3.10.7.1)") \
	X(no_connection,   "segment that belongs to no connection (RFC 9293 3.10.7.1)") \
	X(listen_bad_ack,  "ACK to a listener that has no such connection: it ended, or was" \
		" opened elsewhere before the route changed (RFC 9293 3.10.7.2)") \
	X(syn_sent_bad_ack, "wrong ACK in SYN-SENT (RFC 9293 3.10.7.3, first)") \
	X(syn_received_bad_ack, "wrong ACK in SYN-RECEIVED (RFC 9293 3.10.7.4, fifth)") \
	X(security,        "security option other than the listener's (RFC 9293 3.10.7, third)") \
	X(not_allowed,     "SYN of a peer that the listener does not allow") \
	X(acl,             "segment without a connection that a rule of an [acl] answers with a" \
		" reset") \
	X(service_abort,   "the service aborted the connection (RFC 9293 3.10.5)") \
	X(linger,          "closed with linger 0 (RFC 9293 3.10.5)") \
	X(unread_data,     "closed with unread data (RFC 9293 3.6.1, SHLD-3)") \
	X(data_after_close, "data arrived after the close (RFC 9293 3.6.1, SHLD-3)") \
	X(rtx_limit,       "retransmissions reached R2 (RFC 9293 3.8.3)") \
	X(keepalive,       "keep-alive probes unanswered (RFC 9293 3.8.4)") \
	X(user_timeout,    "user time-out, or no FIN of the peer in FIN-WAIT-2 (RFC 9293 3.10.8)") \
	X(shutdown,        "rstack is stopping") \
	X(killed,          "killed by the operator") \
	X(service_timeout, "a time limit: the peer took data too slowly (send_timeout, min_rate)," \
		" or the service does not answer its limit otherwise") \
	X(service_evicted, "the service needed the memory of this connection for a newer one") \
	X(evicted,         "no progress for a second while other connections needed its memory")

/** The rate limit by which the reset that a segment is owed was withheld. */
#define RS_RESET_LIMITS(X) \
	X(source,          "resets_per_second_per_source of [limits]") \
	X(listener,        "resets_per_second of a listener or a range of closed ports") \
	X(worker,          "resets_per_second of [limits]")

/** How a received reset was judged. */
#define RS_RESET_VERDICTS(X) \
	X(accepted,        "SEQ is RCV.NXT, or in SYN-SENT ACK is of our SYN (RFC 5961 3)") \
	X(challenged,      "in the window, but SEQ is not RCV.NXT: challenge ACK (RFC 5961 3)") \
	X(challenge_limited, "in the window, challenge ACK withheld by the limit (RFC 5961 7)") \
	X(out_of_window,   "outside the receive window, dropped (RFC 9293 3.10.7.4, second)") \
	X(ignored_closed,  "no connection and no listener (RFC 9293 3.10.7.1)") \
	X(ignored_listen,  "no connection, to a listener (RFC 9293 3.10.7.2)") \
	X(ignored_time_wait, "in TIME-WAIT (RFC 1337), or closed in order with unread data") \
	X(bad_ack,         "in SYN-SENT, without an ACK of our SYN (RFC 9293 3.10.7.3, second)")

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

#define RS_ENUM_UNIT(name) RS_UNIT_##name,
enum rs_stat_unit { RS_UNIT_UNSET, RS_STAT_UNITS(RS_ENUM_UNIT) RS_UNIT_MAX };

#define RS_ENUM_DROP(name, help) RS_DROP_##name,
enum rs_drop { RS_DROPS(RS_ENUM_DROP) RS_DROP_MAX };

#define RS_ENUM_REASON(name, help) RS_RESET_##name,
enum rs_reset_reason { RS_RESET_REASONS(RS_ENUM_REASON) RS_RESET_MAX };

#define RS_ENUM_LIMITED(name, help) RS_LIMITED_##name,
enum rs_limited { RS_RESET_LIMITS(RS_ENUM_LIMITED) RS_LIMITED_MAX };

#define RS_ENUM_VERDICT(name, help) RS_VERDICT_##name,
enum rs_reset_verdict { RS_RESET_VERDICTS(RS_ENUM_VERDICT) RS_VERDICT_MAX };

#define RS_ENUM_STATE(name) RS_##name,
enum rs_state { RS_STATES(RS_ENUM_STATE) RS_STATE_MAX };

#define RS_FIELD(name, unit, help) uint64_t name;

/** All counters of one worker. */
struct rs_stats {
	struct { RS_PACKET_STATS(RS_FIELD) } packet;
	struct { RS_TCP_STATS(RS_FIELD) } tcp;
	uint64_t drop[RS_DROP_MAX];
	uint64_t reset_sent[RS_RESET_MAX];
	uint64_t reset_received[RS_VERDICT_MAX];
	uint64_t reset_limited[RS_LIMITED_MAX];
	uint64_t states[RS_STATE_MAX]; /**< connections in each state now, a gauge */
};

/** A name and its help text, from the lists above. */
struct rs_stat_name {
	const char *name;
	const char *help;
};

/* The lists as tables, in the order of the enums and struct fields; base/stats.c. */
extern const struct rs_stat_name rs_drop_names[RS_DROP_MAX];
extern const struct rs_stat_name rs_reset_reason_names[RS_RESET_MAX];
extern const struct rs_stat_name rs_reset_verdict_names[RS_VERDICT_MAX];
extern const struct rs_stat_name rs_reset_limit_names[RS_LIMITED_MAX];
extern const char *const rs_state_names[RS_STATE_MAX];
extern const char *const rs_stat_unit_names[RS_UNIT_MAX]; /* that of RS_UNIT_UNSET is "" */

/* The number of words in packet and tcp of struct rs_stats, and their names. */
#define RS_COUNT(name, unit, help) +1
enum {
	RS_PACKET_STATS_MAX = 0 RS_PACKET_STATS(RS_COUNT),
	RS_TCP_STATS_MAX = 0 RS_TCP_STATS(RS_COUNT),
};
extern const struct rs_stat_name rs_packet_stat_names[RS_PACKET_STATS_MAX];
extern const struct rs_stat_name rs_tcp_stat_names[RS_TCP_STATS_MAX];

#endif /* RS_BASE_STATS_H */
